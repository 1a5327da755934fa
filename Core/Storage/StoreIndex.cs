using System.Runtime.InteropServices;
using Cmq.MultiProtocol.Core.Consensus;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>
/// All that the store knows in memory: its groups and its segments. Holds what is durable only. The writer
/// changes it, any thread reads it; take <see cref="Gate"/> around every use of a member, and never hold it
/// across I/O.
/// </summary>
internal sealed class StoreIndex
{
    public Lock Gate { get; } = new();

    public Dictionary<GroupId, GroupLog> Groups { get; } = [];

    public SortedDictionary<long, Segment> Segments { get; } = [];

    public GroupLog GroupOf(GroupId group)
    {
        ref GroupLog? slot = ref CollectionsMarshal.GetValueRefOrAddDefault(Groups, group, out _);
        return slot ??= new GroupLog();
    }

    public void SetHardState(GroupId group, HardState hardState) => GroupOf(group).HardState = hardState;

    public void AddEntry(GroupId group, Segment segment, long index, long term, EntryLocation location)
    {
        GroupOf(group).Add(segment.Number, index, term, location.Length);
        segment.Map!.Add(group, 0, index, location);
    }

    public void AddStaged(
        GroupId group, Segment segment, long index, long term, EntryLocation location, long sequence)
    {
        long stage = GroupOf(group).AddStaged(segment.Number, index, term, location.Length, sequence);
        segment.Map!.Add(group, stage, index, location);
    }

    public void AddRewritten(GroupId group, Segment segment, long index, EntryLocation location, int weight)
    {
        GroupOf(group).Rewrite(segment.Number, index, location.Length, weight);
        segment.Map!.Insert(group, EntryRun.Rewritten, index, location);
    }

    public void DropStaged(GroupId group, Segment current)
    {
        GroupLog log = GroupOf(group);
        if (log.Staged.Count > 0)
            current.Map!.Drop(group, log.Staged[0].Stage);
        log.Staged.Clear();
    }

    public void Install(GroupId group, Segment current, long index, long term)
    {
        GroupLog log = GroupOf(group);
        current.Map!.DropAllBut(group, log.Staged.Count > 0 ? log.Staged[0].Stage : null);
        log.Install(index, term);
    }

    public void TakeSnapshot(GroupId group, Segment current, long index, long term, bool replacesLog)
    {
        if (replacesLog)
        {
            current.Map!.Drop(group, 0);
            current.Map!.Drop(group, EntryRun.Rewritten);
        }

        GroupOf(group).TakeSnapshot(index, term, replacesLog);
    }

    public void DropGroup(GroupId group, Segment current, long sequence)
    {
        current.Map!.DropAllBut(group, null);
        GroupOf(group).Drop(sequence);
    }

    /// <summary>Sealed segments in which no group has a live or a staged entry.</summary>
    public List<Segment> DeadSegments()
    {
        var used = new HashSet<long>();
        foreach (GroupLog group in Groups.Values)
        {
            foreach (EntryRun run in group.Runs)
            {
                if (!run.Dead)
                    used.Add(run.Segment);
            }

            foreach (EntryRun run in group.Staged)
                used.Add(run.Segment);
        }

        return [.. Segments.Values.Where(s => s.Sealed && !s.Released && !used.Contains(s.Number))];
    }

    /// <summary>Chooses sealed segments of which little is live, and of which all that is may move: the sparsest
    /// first.</summary>
    /// <param name="share">A segment of which at least this part is live stays as it is.</param>
    /// <param name="most">Segments that are emptied at a time.</param>
    public void ChooseSparse(double share, int most)
    {
        int room = most - Segments.Values.Count(s => s.IsSparse && !s.Released);
        if (room <= 0)
            return;
        Dictionary<long, long> live = LiveBytes();
        var sparse = new List<(Segment Segment, long Live)>();
        foreach (Segment segment in Segments.Values)
        {
            if (segment is { Sealed: true, Released: false, IsSparse: false }
                && live.TryGetValue(segment.Number, out long bytes) && bytes < share * segment.DataEnd)
            {
                sparse.Add((segment, bytes));
            }
        }

        foreach ((Segment segment, _) in sparse.OrderBy(s => s.Live).Take(room))
            (segment.IsSparse, segment.MovedBytes) = (true, 0);
    }

    /// <summary>More was moved out of a segment than it was said to have: what is left of it stays, and counts as a whole
    /// until less is live than now.</summary>
    public void KeepRest(Segment segment)
    {
        segment.IsSparse = false;
        foreach (EntryRun run in Groups.Values.SelectMany(g => g.Runs).Where(r => r.Segment == segment.Number))
            run.Weight = Math.Max(1, run.LiveWeight ?? run.Weight);
    }

    /// <summary>Live bytes by segment, about; what may not move counts for more than any share of a segment.</summary>
    private Dictionary<long, long> LiveBytes()
    {
        const long Unmovable = long.MaxValue / 4;
        Dictionary<long, long> live = [];
        foreach (GroupLog group in Groups.Values)
        {
            foreach (EntryRun run in group.Runs)
            {
                ref long bytes = ref CollectionsMarshal.GetValueRefOrAddDefault(live, run.Segment, out _);
                bytes = Math.Min(Unmovable, bytes + (run.MayMove ? run.LiveBytes : Unmovable));
            }

            foreach (EntryRun run in group.Staged)
                live[run.Segment] = Unmovable;
        }

        return live;
    }

    public void Release(long segment)
    {
        foreach (GroupLog group in Groups.Values)
            group.Runs.RemoveAll(run => run.Segment == segment);
        if (Segments.TryGetValue(segment, out Segment? released))
            released.Released = true;
    }
}
