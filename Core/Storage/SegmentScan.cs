using System.Buffers.Binary;
using Cmq.MultiProtocol.Core.Consensus;
using Microsoft.Win32.SafeHandles;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>
/// Reads one segment frame by frame and replays it. It ends at the first frame that is not whole, not of this
/// incarnation, or not the next in sequence; what follows must then not prove that the missing frame was
/// durable.
/// </summary>
internal sealed class SegmentScan
{
    private const int MinPageBytes = 1 << 12;
    private const int MaxPageBytes = 1 << 26;
    private readonly SafeFileHandle _file;
    private readonly Guid _storeId;
    private readonly long _number;
    private readonly uint _seed;
    private readonly Segment _segment;
    private readonly StoreIndex _state = new();
    private readonly SortedSet<long> _live = [];
    private long _previous;
    private long _firstSequence;
    private long _lastSequence;
    private long _incarnation;
    private long _dataEnd;
    private int _statesLeft;
    private byte[] _page = [];
    private Action<int>? _read;

    private SegmentScan(SafeFileHandle file, Guid storeId, long number)
    {
        (_file, _storeId, _number) = (file, storeId, number);
        _seed = FrameHeader.SeedOf(storeId, number);
        _segment = new Segment(number, string.Empty) { Map = new SegmentMap() };
    }

    /// <param name="lastSequence">Last sequence of the chain before this segment: where its own start is
    /// unreadable, a later frame that was written when that start was durable proves damage.</param>
    /// <param name="read">Hears the bytes of each page that was read.</param>
    /// <exception cref="StoreDamageException">Damage that is not merely a torn end.</exception>
    public static RecoveredSegment Run(
        SafeFileHandle file, Guid storeId, long number, long lastSequence, Action<int>? read = null)
    {
        var scan = new SegmentScan(file, storeId, number) { _lastSequence = lastSequence, _read = read };
        return scan.Run();
    }

    private RecoveredSegment Run()
    {
        long stop = 0;
        if (TryReadStart(out int pageBytes))
        {
            _page = new byte[pageBytes];
            stop = ReadPages(pageBytes);
        }

        RefuseDamage(stop);
        bool complete = _firstSequence > 0 && _statesLeft == 0;
        return new RecoveredSegment(complete, _state, _live, _segment.Map!, _previous, _firstSequence, _lastSequence,
            _dataEnd);
    }

    /// <summary>The first frame tells the page size that all others were laid out by.</summary>
    private bool TryReadStart(out int pageBytes)
    {
        pageBytes = 0;
        Span<byte> prefix = stackalloc byte[sizeof(int)];
        if (RandomAccess.Read(_file, prefix, 0) < prefix.Length)
            return false;
        int length = BinaryPrimitives.ReadInt32LittleEndian(prefix);
        if (length < FrameHeader.Size || length > MaxPageBytes || !IsWhole(sizeof(int), length))
            return false;

        byte[] frame = new byte[length];
        if (ReadFully(frame, sizeof(int)) < length || !FrameHeader.TryRead(frame, _seed, out FrameHeader header)
            || header.Kind != FrameKind.SegmentStart)
        {
            return false;
        }

        var body = new FieldReader(frame.AsSpan(FrameHeader.Size));
        if (body.Guid() != _storeId || header.FirstIndex != _number)
            return false;
        _previous = body.Int64();
        pageBytes = body.Int32();
        for (int ranges = body.Int32(); ranges > 0; ranges--)
        {
            long first = body.Int64(), last = body.Int64();
            // They exist as files: a range of any size would fill memory with numbers.
            Invariant.Check(first > 0 && last <= _number, "a segment names itself and segments before it");
            for (long segment = first; segment <= last; segment++)
                _live.Add(segment);
        }

        Invariant.Check(pageBytes is >= MinPageBytes and <= MaxPageBytes, "a page size is in its range");
        _incarnation = header.Incarnation;
        _statesLeft = header.Count;
        _firstSequence = header.Sequence;
        _lastSequence = header.Sequence - 1;
        return true;
    }

    /// <returns>Where reading stopped.</returns>
    private long ReadPages(int pageBytes)
    {
        for (long start = 0; ; start += pageBytes)
        {
            int read = ReadFully(_page, start);
            _read?.Invoke(read);
            int position = 0;
            while (position + sizeof(int) <= read)
            {
                int length = BinaryPrimitives.ReadInt32LittleEndian(_page.AsSpan(position));
                if (length == 0)
                    break;
                if (length < 0 || length > read - position - sizeof(int)
                    || !FrameHeader.TryRead(_page.AsSpan(position + sizeof(int), length), _seed, out FrameHeader header)
                    || !Accept(header, position + sizeof(int), start))
                {
                    return start + position;
                }

                position = (position + sizeof(int) + length + 3) & ~3;
            }

            // A zero length sends the reader to the next page; if nothing follows there, the end was here.
            if (read < pageBytes || !NextPageFollows(start + pageBytes))
                return start + position;
        }
    }

    private bool NextPageFollows(long start)
    {
        byte[] head = new byte[sizeof(int) + FrameHeader.Size];
        if (ReadFully(head, start) < head.Length)
            return false;
        return BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(sizeof(int))) == FrameHeader.Magic
            && BinaryPrimitives.ReadInt64LittleEndian(head.AsSpan(sizeof(int) + 16)) == _lastSequence + 1;
    }

    private bool Accept(in FrameHeader header, int position, long pageStart)
    {
        if (header.Incarnation != _incarnation)
            return false;
        if (header.Kind == FrameKind.Filler)
            return header.Sequence == _lastSequence;
        if (header.Sequence != _lastSequence + 1)
            return false;

        _lastSequence = header.Sequence;
        _dataEnd = pageStart + position + header.Length;
        Apply(header, _page.AsMemory(position, header.Length), pageStart + position);
        return true;
    }

    private void Apply(in FrameHeader header, ReadOnlyMemory<byte> frame, long offset)
    {
        var body = new FieldReader(frame.Span[FrameHeader.Size..]);
        switch (header.Kind)
        {
            case FrameKind.SegmentStart:
                break;
            case FrameKind.GroupState:
                ReadGroupState(header, ref body);
                _statesLeft--;
                break;
            case FrameKind.StagedState:
                ReadRuns(ref body, _state.GroupOf(header.Group).Staged, body.Int32());
                _statesLeft--;
                break;
            case FrameKind.HardState:
                _state.SetHardState(header.Group, ReadHardState(ref body));
                break;
            case FrameKind.Entries:
            case FrameKind.Staged:
            case FrameKind.Rewritten:
                ReadEntries(header, frame, offset);
                break;
            case FrameKind.StagedDropped:
                _state.DropStaged(header.Group, _segment);
                break;
            case FrameKind.Installed:
                _state.Install(header.Group, _segment, header.FirstIndex, body.Int64());
                break;
            case FrameKind.SnapshotTaken:
                long term = body.Int64();
                _state.TakeSnapshot(header.Group, _segment, header.FirstIndex, term, body.Int32() != 0);
                break;
            case FrameKind.GroupDropped:
                _state.DropGroup(header.Group, _segment, header.Sequence);
                break;
            case FrameKind.SegmentReleased:
                _state.Release(header.FirstIndex);
                _live.Remove(header.FirstIndex);
                break;
            default:
                throw new LogStoreException(
                    $"Segment {_number} has a frame of unknown kind {(int)header.Kind}; a later version wrote it.");
        }
    }

    private void ReadGroupState(in FrameHeader header, ref FieldReader body)
    {
        GroupLog group = _state.GroupOf(header.Group);
        int runs = body.Int32();
        group.HardState = ReadHardState(ref body);
        group.Restore(body.Int64(), body.Int64(), body.Int64());
        ReadRuns(ref body, group.Runs, runs);
    }

    private static void ReadRuns(ref FieldReader body, List<EntryRun> runs, int count)
    {
        for (int i = 0; i < count; i++)
        {
            runs.Add(new EntryRun(body.Int64(), body.Int64(), body.Int64(), body.Int64(), body.Int64())
            {
                Bytes = body.Int64(),
                Weight = body.Int64(),
            });
        }
    }

    private static HardState ReadHardState(ref FieldReader body) =>
        new(body.Int64(), new NodeId(body.Int32()), body.Int64());

    private void ReadEntries(in FrameHeader header, ReadOnlyMemory<byte> frame, long offset)
    {
        int position = FrameHeader.Size, weight = 0;
        if (header.Kind == FrameKind.Rewritten)
        {
            weight = BinaryPrimitives.ReadInt32LittleEndian(frame.Span[position..]);
            position += FrameEncoder.WeightBytes;
        }

        for (int i = 0; i < header.Count; i++)
        {
            ReadOnlySpan<byte> record = frame.Span[position..];
            int size = EntryRecord.PeekSize(record);
            var location = new EntryLocation(checked((int)(offset + position)), size);
            long index = header.FirstIndex + i, term = EntryRecord.PeekTerm(record);
            if (header.Kind == FrameKind.Staged)
                _state.AddStaged(header.Group, _segment, index, term, location, header.Sequence);
            else if (header.Kind == FrameKind.Rewritten)
                _state.AddRewritten(header.Group, _segment, index, location, weight);
            else
                _state.AddEntry(header.Group, _segment, index, term, location);
            position += size;
        }
    }

    /// <summary>
    /// Looks behind the end for a frame that was written when the missing one was durable already. One of the
    /// same commit proves nothing: its pages may reach the disk in any order, and it was never acknowledged.
    /// </summary>
    private void RefuseDamage(long from)
    {
        const int Window = 1 << 20;
        long length = RandomAccess.GetLength(_file);
        byte[] window = new byte[Window + FrameHeader.Size];
        Span<byte> magic = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(magic, FrameHeader.Magic);
        for (long start = from; start < length; start += Window)
        {
            int read = ReadFully(window, start);
            int at = 0;
            while (at + FrameHeader.Size <= read)
            {
                int found = window.AsSpan(at, read - at).IndexOf(magic);
                if (found < 0)
                    break;
                at += found;
                RefuseIfLater(window.AsSpan(at, read - at), start + at);
                at++;
            }
        }
    }

    private void RefuseIfLater(ReadOnlySpan<byte> header, long offset)
    {
        if (header.Length < FrameHeader.Size)
            return;
        long sequence = BinaryPrimitives.ReadInt64LittleEndian(header[16..]);
        long durable = BinaryPrimitives.ReadInt64LittleEndian(header[32..]);
        int length = BinaryPrimitives.ReadInt32LittleEndian(header[8..]);
        bool provesDamage = sequence > _lastSequence && durable > _lastSequence;
        if (!provesDamage || length < FrameHeader.Size || length > MaxPageBytes || !IsWhole(offset, length))
            return;

        byte[] frame = new byte[length];
        if (ReadFully(frame, offset) == length && FrameHeader.TryRead(frame, _seed, out _))
        {
            throw new StoreDamageException(
                $"Segment {_number} is damaged: frame {_lastSequence + 1} is unreadable, but frame {sequence} at "
                + $"offset {offset} was written after it was durable.");
        }
    }

    /// <summary>Asked before room is made for it: what is unreadable may say any length.</summary>
    private bool IsWhole(long offset, int length) => offset + length <= RandomAccess.GetLength(_file);

    private int ReadFully(Span<byte> target, long offset)
    {
        int done = 0;
        while (done < target.Length)
        {
            int read = RandomAccess.Read(_file, target[done..], offset + done);
            if (read == 0)
                break;
            done += read;
        }

        return done;
    }
}
