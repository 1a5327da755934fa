using Cmq.MultiProtocol.Core.Consensus;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>Encodes the bodies of frames into one buffer, used again and again. Writer thread only.</summary>
internal sealed class FrameEncoder(int pageBytes)
{
    private const int MaxEntryBytes = 1 << 20;
    private const int HardStateBytes = 20;
    public const int WeightBytes = sizeof(int);
    public const int HardStateFrameBytes = FrameHeader.Size + HardStateBytes;
    private const int GroupScalarBytes = 4 + HardStateBytes + 3 * sizeof(long);
    private const int StartBytes = 16 + sizeof(long) + 2 * sizeof(int);
    private readonly byte[] _buffer = new byte[pageBytes];

    /// <summary>Largest frame that FASTER takes: a page without its own length word.</summary>
    public int MaxFrameBytes => pageBytes - sizeof(int);

    public int MaxRunsPerFrame => (MaxFrameBytes - FrameHeader.Size - GroupScalarBytes) / EntryRun.Size;

    public Span<byte> Frame => _buffer;

    private Span<byte> Body => _buffer.AsSpan(FrameHeader.Size);

    /// <summary>How many entries from <paramref name="first"/> go into one frame: consecutive ones, up to 1 MiB, but
    /// at least one.</summary>
    /// <param name="entries">Ascending.</param>
    /// <param name="first">Place of the first of them.</param>
    /// <param name="before">Bytes that the body has before them.</param>
    /// <param name="frameBytes">Bytes of the frame.</param>
    public int FitEntries(IReadOnlyList<Entry> entries, int first, int before, out int frameBytes)
    {
        int limit = Math.Min(MaxEntryBytes, MaxFrameBytes - FrameHeader.Size - before);
        int bytes = 0, count = 0;
        while (first + count < entries.Count)
        {
            int size = EntryRecord.SizeOf(entries[first + count]);
            bool follows = entries[first + count].Index == entries[first].Index + count;
            if (count > 0 && (bytes + size > limit || !follows))
                break;
            bytes += size;
            count++;
        }

        frameBytes = FrameHeader.Size + before + bytes;
        return count;
    }

    /// <summary>Encodes entries and tells where each record starts, relative to the frame.</summary>
    public void Entries(
        GroupId group, IReadOnlyList<Entry> entries, int first, int count, int before, Span<int> starts)
    {
        int position = FrameHeader.Size + before;
        for (int i = 0; i < count; i++)
        {
            Entry entry = entries[first + i];
            starts[i] = position;
            EntryRecord.Write(_buffer.AsSpan(position), group, entry);
            position += EntryRecord.SizeOf(entry);
        }
    }

    /// <summary>What stands before rewritten entries.</summary>
    public void Weight(int weight)
    {
        var fields = new FieldWriter(Body);
        fields.Int32(weight);
    }

    public int HardState(HardState state)
    {
        var fields = new FieldWriter(Body);
        WriteHardState(ref fields, state);
        return FrameHeader.Size + fields.Position;
    }

    public int Installed(long term)
    {
        var fields = new FieldWriter(Body);
        fields.Int64(term);
        return FrameHeader.Size + fields.Position;
    }

    public int Snapshot(long term, bool replacesLog)
    {
        var fields = new FieldWriter(Body);
        fields.Int64(term);
        fields.Int32(replacesLog ? 1 : 0);
        return FrameHeader.Size + fields.Position;
    }

    public static int Empty => FrameHeader.Size;

    public int Filler(int bytes)
    {
        _buffer.AsSpan(FrameHeader.Size, bytes - FrameHeader.Size).Clear();
        return bytes;
    }

    /// <summary>First frame of a segment.</summary>
    /// <param name="previous">Segment that holds the frame before this one; 0 for none.</param>
    /// <param name="segments">Numbers of all segments that exist, ascending, this one included.</param>
    public int SegmentStart(Guid storeId, long previous, IEnumerable<long> segments)
    {
        List<(long First, long Last)> ranges = [];
        foreach (long number in segments)
        {
            if (ranges.Count > 0 && ranges[^1].Last + 1 == number)
                ranges[^1] = (ranges[^1].First, number);
            else
                ranges.Add((number, number));
        }

        Invariant.Check(StartBytes + ranges.Count * 2 * sizeof(long) <= MaxFrameBytes - FrameHeader.Size,
            "the list of segments fits into a page");
        var fields = new FieldWriter(Body);
        fields.Guid(storeId);
        fields.Int64(previous);
        fields.Int32(pageBytes);
        fields.Int32(ranges.Count);
        foreach ((long first, long last) in ranges)
        {
            fields.Int64(first);
            fields.Int64(last);
        }

        return FrameHeader.Size + fields.Position;
    }

    /// <summary>State of a group with some of its runs; further runs follow in further frames of the same
    /// group.</summary>
    public int GroupState(GroupLog group, int firstRun, int runCount)
    {
        var fields = new FieldWriter(Body);
        fields.Int32(runCount);
        WriteHardState(ref fields, group.HardState);
        fields.Int64(group.SnapshotIndex);
        fields.Int64(group.SnapshotTerm);
        fields.Int64(group.DroppedAt);
        WriteRuns(ref fields, group.Runs, firstRun, runCount);
        return FrameHeader.Size + fields.Position;
    }

    /// <summary>Some of the runs that are staged for a group.</summary>
    public int StagedState(GroupLog group, int firstRun, int runCount)
    {
        var fields = new FieldWriter(Body);
        fields.Int32(runCount);
        WriteRuns(ref fields, group.Staged, firstRun, runCount);
        return FrameHeader.Size + fields.Position;
    }

    private static void WriteRuns(ref FieldWriter fields, List<EntryRun> runs, int first, int count)
    {
        foreach (EntryRun run in runs.GetRange(first, count))
        {
            fields.Int64(run.Segment);
            fields.Int64(run.First);
            fields.Int64(run.Last);
            fields.Int64(run.Term);
            fields.Int64(run.Stage);
            fields.Int64(run.Bytes);
            fields.Int64(run.Weight);
        }
    }

    private static void WriteHardState(ref FieldWriter fields, HardState state)
    {
        fields.Int64(state.Term);
        fields.Int32(state.Vote.Value);
        fields.Int64(state.Commit);
    }
}
