using System.Diagnostics;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Groups;
using FASTER.core;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>
/// The chain of segments as the writer thread sees it: puts frames one after the other into FASTER's page
/// buffer, begins a segment where the addresses cross into it, and commits without waiting for any other
/// thread.
/// </summary>
internal sealed class FrameLog : IDisposable
{
    private readonly int _segmentBits;
    private readonly int _pageBytes;
    private readonly long _batchBytes;
    private readonly int _watchdogMs;
    private readonly StoreIdentity _identity;
    private readonly StoreIndex _index;
    private readonly SegmentDevice _device;
    private readonly SegmentKeeper _keeper;
    private readonly FasterLog _log;
    private readonly FrameEncoder _encoder;
    private readonly int[] _starts;
    private uint _seed;
    private long _sequence;
    private long _durableSequence;
    private long _batchStart;
    private long _dataEnd;

    public FrameLog(LogStoreOptions options, StoreIdentity identity, StoreIndex index, SegmentDevice device,
        SegmentKeeper keeper, long lastSequence)
    {
        (_identity, _index, _device, _keeper) = (identity, index, device, keeper);
        (_segmentBits, _pageBytes, _watchdogMs) = (options.SegmentBits, 1 << options.PageBits, options.WatchdogMs);
        _batchBytes = Math.Min(1L << options.MemoryBits, 1L << options.SegmentBits) / 2;
        _encoder = new FrameEncoder(_pageBytes);
        _starts = new int[_pageBytes / EntryRecord.HeaderSize];
        _sequence = _durableSequence = lastSequence;
        Current = keeper.TakeNext();
        Previous = index.Segments.Count == 0 ? 0 : index.Segments.Keys.Max();

        _log = new FasterLog(new FasterLogSettings
        {
            LogDevice = device,
            LogCommitManager = new NoCommits(),
            PageSizeBits = options.PageBits,
            MemorySizeBits = options.MemoryBits,
            SegmentSizeBits = options.SegmentBits,
            // True would swallow every recovery error and leave an empty log over our files.
            TryRecoverLatest = false,
        });
        long begin = Current.Number << _segmentBits;
        _log.Initialize(begin, begin);
        Invariant.Check(_log.TailAddress == begin, "FASTER begins at the start of a fresh segment");
        _batchStart = begin;
    }

    /// <summary>Segment being written.</summary>
    public Segment Current { get; private set; }

    /// <summary>Called when a frame must go to the next segment; commits what is enqueued.</summary>
    public Action BeforeSwitch { get; set; } = () => throw new InvariantException("the writer is not set up");

    /// <summary>Time to commit before more is enqueued: the buffer is half full.</summary>
    public bool BatchIsFull => _log.TailAddress - _batchStart >= _batchBytes;

    /// <summary>Ticks at which the running commit began, 0 when none runs; for the watchdog.</summary>
    public long BusySince
    {
        get => Volatile.Read(ref field);
        private set => Volatile.Write(ref field, value);
    }

    /// <summary>Last sequence that is durable.</summary>
    public long DurableSequence => Volatile.Read(ref _durableSequence);

    private long Previous { get; set; }

    /// <summary>Writes the first frames of the first segment of this opening, and makes them
    /// durable.</summary>
    public void Begin()
    {
        StartSegment();
        Commit();
        lock (_index.Gate)
            NoteDurable();
    }

    public void AppendHardState(GroupId group, HardState state)
    {
        int length = FrameEncoder.HardStateFrameBytes;
        Place(length);
        Invariant.Check(_encoder.HardState(state) == length, "a hard state has its fixed size");
        Put(FrameKind.HardState, length, group, 1, 0);
    }

    /// <summary>Appends one frame of entries of the log.</summary>
    /// <returns>How many of them it took.</returns>
    public int AppendEntries(
        GroupId group, IReadOnlyList<Entry> entries, int first, List<PlacedEntry> placed) =>
        AppendEntries(FrameKind.Entries, group, entries, first, IndexSet.FullWeight, placed);

    /// <summary>Appends one frame of staged entries.</summary>
    /// <returns>How many of them it took.</returns>
    public int AppendStaged(
        GroupId group, IReadOnlyList<Entry> entries, int first, List<PlacedEntry> placed) =>
        AppendEntries(FrameKind.Staged, group, entries, first, IndexSet.FullWeight, placed);

    /// <summary>Appends one frame of entries that move here.</summary>
    /// <param name="group">The group.</param>
    /// <param name="entries">Ascending, with gaps.</param>
    /// <param name="first">Place of the first one.</param>
    /// <param name="weight">What each is worth.</param>
    /// <param name="placed">Gets where they are.</param>
    /// <returns>How many of them it took.</returns>
    public int AppendRewritten(
        GroupId group, IReadOnlyList<Entry> entries, int first, int weight, List<PlacedEntry> placed) =>
        AppendEntries(FrameKind.Rewritten, group, entries, first, weight, placed);

    private int AppendEntries(FrameKind kind, GroupId group, IReadOnlyList<Entry> entries, int first, int weight,
        List<PlacedEntry> placed)
    {
        int before = kind == FrameKind.Rewritten ? FrameEncoder.WeightBytes : 0;
        int count = _encoder.FitEntries(entries, first, before, out int length);
        Place(length);
        if (before > 0)
            _encoder.Weight(weight);
        _encoder.Entries(group, entries, first, count, before, _starts);
        int frameOffset = Put(kind, length, group, count, entries[first].Index);
        for (int i = 0; i < count; i++)
        {
            Entry entry = entries[first + i];
            placed.Add(new PlacedEntry(group, entry.Index, entry.Term,
                new EntryLocation(frameOffset + _starts[i], EntryRecord.SizeOf(entry)), _sequence, weight));
        }

        return count;
    }

    public void AppendSnapshot(GroupId group, long index, long term, bool replacesLog)
    {
        Place(_encoder.Snapshot(term, replacesLog));
        Put(FrameKind.SnapshotTaken, _encoder.Snapshot(term, replacesLog), group, 1, index);
    }

    /// <returns>Sequence of the tombstone.</returns>
    public long AppendDrop(GroupId group)
    {
        Place(FrameEncoder.Empty);
        Put(FrameKind.GroupDropped, FrameEncoder.Empty, group, 0, 0);
        return _sequence;
    }

    public void AppendStagedDrop(GroupId group)
    {
        Place(FrameEncoder.Empty);
        Put(FrameKind.StagedDropped, FrameEncoder.Empty, group, 0, 0);
    }

    public void AppendInstall(GroupId group, long index, long term)
    {
        Place(_encoder.Installed(term));
        Put(FrameKind.Installed, _encoder.Installed(term), group, 1, index);
    }

    public void AppendRelease(long segment)
    {
        Place(FrameEncoder.Empty);
        Put(FrameKind.SegmentReleased, FrameEncoder.Empty, default, 0, segment);
    }

    public void Delete(Segment segment) => _keeper.Delete(segment);

    /// <summary>One commit for everything enqueued. The device is synchronous and calls back inline, so the
    /// flush is over when FASTER returns; never awaited, because its awaitable needs the thread
    /// pool.</summary>
    /// <exception cref="LogStoreException">The disk failed, or did not finish in time.</exception>
    public void Commit()
    {
        long tail = _log.TailAddress;
        if (_log.FlushedUntilAddress < tail)
        {
            BusySince = Stopwatch.GetTimestamp();
            try
            {
                _log.Commit();
            }
            catch (CommitFailureException) when (_device.Error is not null)
            {
                // The same failure, without its reason: an operator must read that the disk is full.
                CheckDevice();
            }

            var wait = new SpinWait();
            var limit = new WaitLimit(_watchdogMs);
            while (_log.FlushedUntilAddress < tail)
            {
                CheckDevice();
                if (limit.IsOver())
                    throw new LogStoreException($"A commit did not finish within {_watchdogMs} ms.");
                wait.SpinOnce();
            }

            BusySince = 0;
        }

        CheckDevice();
        Volatile.Write(ref _durableSequence, _sequence);
        _batchStart = tail;
    }

    /// <summary>Shows the committed end to readers and the sealer; the index's gate is held.</summary>
    public void NoteDurable()
    {
        Current.DataEnd = Current.DiskBytes = _dataEnd;
        Current.LastSequence = _durableSequence;
    }

    public void Dispose() => _log.Dispose();

    /// <summary>Makes room for a frame; begins the next segment when it does not fit into this one.</summary>
    private void Place(int length)
    {
        if (AddressOf(length) >> _segmentBits == Current.Number)
            return;

        BeforeSwitch();
        FillSegment();
        Segment old = Current;
        Current = _keeper.TakeNext();
        Previous = old.Number;
        StartSegment();
        Commit();
        lock (_index.Gate)
            NoteDurable();
        _keeper.Seal(old);
    }

    private void FillSegment()
    {
        long end = (Current.Number + 1) << _segmentBits;
        while (_log.TailAddress < end)
        {
            int rest = _pageBytes - (int)(_log.TailAddress & (_pageBytes - 1)) - sizeof(int);
            if (rest < FrameHeader.Size)
                break;
            _sequence--;
            Put(FrameKind.Filler, _encoder.Filler(rest), default, 0, 0);
        }
    }

    private void StartSegment()
    {
        _seed = FrameHeader.SeedOf(_identity.StoreId, Current.Number);
        List<(GroupId Id, GroupLog Log)> groups;
        List<long> segments;
        lock (_index.Gate)
        {
            groups = [.. _index.Groups.Select(g => (g.Key, g.Value))];
            segments = [.. _index.Segments.Values.Where(s => !s.Released).Select(s => s.Number), Current.Number];
            Segment? before = _index.Segments.Count == 0 ? null : _index.Segments.Values.Last();
            Current.StartAt = before is null ? 0 : before.StartAt + before.DataEnd;
            _index.Segments.Add(Current.Number, Current);
            Current.FirstSequence = _sequence + 1;
        }

        // Only this thread changes groups, so they are read without the gate.
        int frames = groups.Sum(g => FramesOf(g.Log.Runs, least: 1) + FramesOf(g.Log.Staged, least: 0));
        int length = _encoder.SegmentStart(_identity.StoreId, Previous, segments);
        Put(FrameKind.SegmentStart, length, default, frames, Current.Number);
        foreach ((GroupId id, GroupLog log) in groups)
        {
            for (int i = 0; i < FramesOf(log.Runs, least: 1); i++)
            {
                int first = i * _encoder.MaxRunsPerFrame;
                int runs = Math.Min(_encoder.MaxRunsPerFrame, log.Runs.Count - first);
                Put(FrameKind.GroupState, _encoder.GroupState(log, first, runs), id, runs, 0);
            }

            for (int i = 0; i < FramesOf(log.Staged, least: 0); i++)
            {
                int first = i * _encoder.MaxRunsPerFrame;
                int runs = Math.Min(_encoder.MaxRunsPerFrame, log.Staged.Count - first);
                Put(FrameKind.StagedState, _encoder.StagedState(log, first, runs), id, runs, 0);
            }
        }
    }

    private int FramesOf(List<EntryRun> runs, int least) =>
        Math.Max(least, (runs.Count + _encoder.MaxRunsPerFrame - 1) / _encoder.MaxRunsPerFrame);

    /// <summary>Where FASTER will put a frame of this length: in the page if it fits, else at the next
    /// one.</summary>
    private long AddressOf(int length)
    {
        long tail = _log.TailAddress;
        long rest = _pageBytes - (tail & (_pageBytes - 1));
        return EntryBytes(length) <= rest ? tail : tail + rest;
    }

    private static int EntryBytes(int length) => sizeof(int) + ((length + 3) & ~3);

    /// <summary>Enqueues the frame whose body stands in the encoder's buffer.</summary>
    /// <returns>Offset of the frame in its segment.</returns>
    private int Put(FrameKind kind, int length, GroupId group, int count, long firstIndex)
    {
        Invariant.Check(length <= _encoder.MaxFrameBytes, "a frame fits into a page");
        long expected = AddressOf(length);
        Invariant.Check(expected >> _segmentBits == Current.Number, "a frame lies in the current segment");
        _sequence++;
        var header = new FrameHeader(kind, length, _sequence, _identity.Incarnation, _durableSequence, group, count,
            firstIndex);
        Span<byte> frame = _encoder.Frame[..length];
        header.Write(frame, _seed);

        var limit = new WaitLimit(_watchdogMs);
        long address;
        while (!_log.TryEnqueue(frame, out address))
        {
            CheckDevice();
            if (limit.IsOver())
                throw new LogStoreException($"The store's write buffer was not free within {_watchdogMs} ms.");
            Thread.Yield();
        }

        Invariant.Check(address == expected, "FASTER put a frame where it was expected");
        int offset = (int)(address & ((1L << _segmentBits) - 1)) + sizeof(int);
        if (kind != FrameKind.Filler)
            _dataEnd = offset + length;
        return offset;
    }

    private void CheckDevice()
    {
        if (_device.Error is { } error)
            throw new LogStoreException("Writing the store failed; nothing after it is acknowledged.", error);
    }
}
