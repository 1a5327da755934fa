using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>
/// What the store knows of one group: where its entries lie, run by run, in index order. A few runs per
/// segment, whatever the number of entries. Not thread-safe; <see cref="StoreIndex"/> guards it.
/// </summary>
internal sealed class GroupLog
{
    public List<EntryRun> Runs { get; } = [];

    /// <summary>What is staged for a snapshot under way, ascending.</summary>
    public List<EntryRun> Staged { get; } = [];

    public HardState HardState { get; set; }

    /// <summary>Index of the snapshot that the log knows to be in place, 0 for none.</summary>
    public long SnapshotIndex { get; private set; }

    public long SnapshotTerm { get; private set; }

    /// <summary>Sequence of the last tombstone; snapshot files begun before it are void.</summary>
    public long DroppedAt { get; private set; }

    /// <summary>Last entry, or the snapshot's index when none follows it.</summary>
    public long LastIndex => Runs.Count == 0 ? SnapshotIndex : Math.Max(Runs[^1].Last, SnapshotIndex);

    public void Restore(long snapshotIndex, long snapshotTerm, long droppedAt)
    {
        SnapshotIndex = snapshotIndex;
        SnapshotTerm = snapshotTerm;
        DroppedAt = droppedAt;
    }

    /// <summary>Adds one entry and forgets whatever stood at or above its index.</summary>
    public void Add(long segment, long index, long term, int bytes)
    {
        if (Runs.Count > 0 && Runs[^1].Last >= index)
            Truncate(index);

        // A run that may move ends at a snapshot: what is above it must not move, nor be vacated, along with it.
        if (Runs.Count > 0 && Runs[^1] is { } run && run.Segment == segment && run.Term == term
            && run.Last + 1 == index && !run.Dead && !run.MayMove && !run.HasGaps)
        {
            run.Grow(index, bytes, IndexSet.FullWeight);
        }
        else
        {
            Runs.Add(NewRun(segment, index, term, 0, bytes, IndexSet.FullWeight));
        }
    }

    /// <summary>Adds one staged entry; it lies above those staged before it.</summary>
    /// <param name="sequence">Of its frame: names the stage if nothing was staged before.</param>
    /// <returns>The stage that it belongs to.</returns>
    public long AddStaged(long segment, long index, long term, int bytes, long sequence)
    {
        long stage = Staged.Count > 0 ? Staged[0].Stage : sequence;
        if (Staged.Count > 0 && Staged[^1] is { } run && run.Segment == segment && run.Term == term)
            run.Grow(index, bytes, IndexSet.FullWeight);
        else
            Staged.Add(NewRun(segment, index, term, stage, bytes, IndexSet.FullWeight));
        return stage;
    }

    /// <summary>An entry has moved into another segment, and what was before it in its run is garbage.</summary>
    public void Rewrite(long segment, long index, int bytes, int weight)
    {
        int position = PositionOf(index);
        Invariant.Check(position >= 0 && Runs[position].Segment < segment, "an entry moves to a later segment");
        long term = Runs[position].Term;
        CutFront(position, index + 1);
        if (position > 0 && Runs[position - 1] is { Stage: EntryRun.Rewritten, Dead: false } before
            && before.Segment == segment && before.Term == term)
        {
            before.Grow(index, bytes, weight);
            return;
        }

        EntryRun moved = NewRun(segment, index, term, EntryRun.Rewritten, bytes, weight);
        (moved.LiveWeight, moved.MayMove) = (weight, true);
        Runs.Insert(position, moved);
    }

    /// <summary>What of a run is left up to an index is garbage: what lived of it has moved.</summary>
    public void Vacate(long segment, long upTo)
    {
        int position = Runs.FindIndex(run => run.Segment == segment && run.First <= upTo && run.Last >= upTo);
        if (position >= 0)
            CutFront(position, upTo + 1);
    }

    /// <summary>First of the newest entries which lie in segments that begin at or behind a byte of the chain; one above
    /// the last if none does.</summary>
    public long FirstFrom(long byteOfChain, SortedDictionary<long, Segment> segments)
    {
        long first = LastIndex + 1;
        for (int i = Runs.Count - 1; i >= 0 && !Runs[i].HasGaps; i--)
        {
            if (segments[Runs[i].Segment].StartAt < byteOfChain)
                break;
            first = Runs[i].First;
        }

        return first;
    }

    /// <summary>A received snapshot and what was staged for it replace everything but the hard state.</summary>
    public void Install(long index, long term)
    {
        Runs.Clear();
        Runs.AddRange(Staged);
        Staged.Clear();
        SnapshotIndex = index;
        SnapshotTerm = term;
    }

    public void Drop(long sequence)
    {
        Runs.Clear();
        Staged.Clear();
        Restore(0, 0, sequence);
    }

    /// <summary>Whether a snapshot replaces the log: it does unless the log has its last entry (Raft section
    /// 7).</summary>
    public bool IsReplacedBy(long snapshotIndex, long snapshotTerm) =>
        (snapshotIndex != SnapshotIndex || snapshotTerm != SnapshotTerm)
        && (FindRun(snapshotIndex) is not { } run || run.Term != snapshotTerm);

    public void TakeSnapshot(long index, long term, bool replacesLog)
    {
        if (replacesLog)
            Runs.Clear();
        SnapshotIndex = index;
        SnapshotTerm = term;
    }

    public bool TryGetTerm(long index, out long term)
    {
        EntryRun? run = FindRun(index);
        term = run?.Term ?? (index == SnapshotIndex ? SnapshotTerm : 0);
        return run is not null || (index == SnapshotIndex && index > 0);
    }

    public EntryRun? FindRun(long index) => PositionOf(index) is >= 0 and var position ? Runs[position] : null;

    /// <returns>-1 when it is in none.</returns>
    private int PositionOf(long index)
    {
        int low = 0, high = Runs.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            EntryRun run = Runs[middle];
            if (index < run.First)
                high = middle - 1;
            else if (index > run.Last)
                low = middle + 1;
            else
                return middle;
        }

        return -1;
    }

    /// <summary>First index from which entries are contiguous up to <see cref="LastIndex"/>; one above it if
    /// none.</summary>
    public long FirstContiguous()
    {
        long first = LastIndex + 1;
        for (int i = Runs.Count - 1; i >= 0 && Runs[i].Last == first - 1 && !Runs[i].HasGaps; i--)
            first = Runs[i].First;
        return first;
    }

    /// <summary>Notes of the runs at or below the snapshot what still lives in them.</summary>
    /// <param name="liveIndexes">Ascending.</param>
    /// <param name="wholeFrom">From this one on all are needed.</param>
    public void Mark(IReadOnlyList<long> liveIndexes, long wholeFrom)
    {
        foreach (EntryRun run in Runs)
        {
            if (run.Last > SnapshotIndex || run.Last >= wholeFrom)
                break;
            run.MayMove = true;
            int next = FirstAt(liveIndexes, run.First);
            run.Dead = next == liveIndexes.Count || liveIndexes[next] > run.Last;
            run.LiveWeight = liveIndexes is IndexSet set
                ? set.Weigh(run.First, run.Last)
                : (long)(FirstAt(liveIndexes, run.Last + 1) - next) * IndexSet.FullWeight;
        }
    }

    /// <summary>Place of the first index at or above one. A search: there are few runs and may be millions of
    /// indexes.</summary>
    private static int FirstAt(IReadOnlyList<long> indexes, long index)
    {
        int low = 0, high = indexes.Count;
        while (low < high)
        {
            int middle = low + ((high - low) / 2);
            if (indexes[middle] >= index)
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }

    private static EntryRun NewRun(long segment, long index, long term, long stage, int bytes, int weight) =>
        new(segment, index, index, term, stage) { Bytes = bytes, Weight = weight };

    /// <summary>What is left keeps its part of what the run was worth.</summary>
    private void CutFront(int position, long first)
    {
        EntryRun run = Runs[position];
        if (first > run.Last)
        {
            Runs.RemoveAt(position);
            return;
        }

        double left = (double)(run.Last - first + 1) / (run.Last - run.First + 1);
        run.Bytes = (long)(run.Bytes * left);
        run.Weight = Math.Max(1, (long)(run.Weight * left));
        if (run.LiveWeight is { } live)
            run.LiveWeight = (long)(live * left);
        run.First = first;
    }

    private void Truncate(long from)
    {
        int keep = Runs.Count;
        while (keep > 0 && Runs[keep - 1].First >= from)
            keep--;
        Runs.RemoveRange(keep, Runs.Count - keep);
        if (keep > 0 && Runs[keep - 1].Last >= from)
            Runs[keep - 1].Last = from - 1;
    }
}
