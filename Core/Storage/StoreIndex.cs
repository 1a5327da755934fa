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
        GroupOf(group).Add(segment.Number, index, term);
        segment.Map!.Add(group, 0, index, location);
    }

    public void AddStaged(
        GroupId group, Segment segment, long index, long term, EntryLocation location, long sequence)
    {
        long stage = GroupOf(group).AddStaged(segment.Number, index, term, sequence);
        segment.Map!.Add(group, stage, index, location);
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
            current.Map!.Drop(group, 0);
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

    public void Release(long segment)
    {
        foreach (GroupLog group in Groups.Values)
            group.Runs.RemoveAll(run => run.Segment == segment);
        if (Segments.TryGetValue(segment, out Segment? released))
            released.Released = true;
    }
}
