using System.Buffers;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Storage;
using Cmq.MultiProtocol.Simulation.Worlds;

namespace Cmq.MultiProtocol.Simulation.Checks;

/// <summary>
/// Raft's five safety properties (figure 3), that a member's disk keeps what it called durable, that nothing is applied
/// which no majority has on disk, and that members which applied as much are in the same state.
/// </summary>
internal sealed class RaftChecker(Verdict verdict, Trace trace)
{
    /// <summary>Entries between two comparisons of states, at least; a large state is compared less often.</summary>
    private const long StateEvery = 16;

    /// <summary>So many bytes of a state cost one entry more between comparisons.</summary>
    private const int BytesPerEntry = 512;

    /// <summary>How many of the newest applied entries a new leader is asked for.</summary>
    private const int CompleteBack = 512;

    private readonly Dictionary<(GroupId, NodeId), MemberLog> _written = [];
    private readonly Dictionary<(GroupId, NodeId), MemberLog> _durable = [];

    /// <summary>Of disks that are gone: what was on them may have been counted.</summary>
    private readonly Dictionary<(GroupId, NodeId), MemberLog> _lost = [];
    private readonly Dictionary<(GroupId, long Term), NodeId> _leaders = [];
    private readonly Dictionary<(GroupId, long Index, long Term), (ulong Content, long Before)> _entries = [];
    private readonly Dictionary<(GroupId, long Index), (long Term, ulong Content)> _applied = [];
    private readonly Dictionary<(GroupId, long Index), long> _committedIn = [];
    private readonly Dictionary<GroupId, long> _lastTerm = [];
    private readonly Dictionary<(GroupId, long Index), ulong> _states = [];
    private readonly Dictionary<GroupId, long> _nextState = [];
    private readonly Dictionary<GroupId, long> _lastApplied = [];
    private readonly Dictionary<(GroupId, NodeId), long> _leads = [];
    private readonly Dictionary<GroupId, GroupMembers[]> _members = [];

    /// <summary>All groups begin with these.</summary>
    public GroupMembers FirstMembers { get; set; } = GroupMembers.None;

    /// <summary>Elections that were won.</summary>
    public int Elections => _leaders.Count;

    public long Applied => _lastApplied.Values.Sum();

    /// <summary>It leads, and nobody was elected after it.</summary>
    public bool IsLatestLeader(NodeId node, GroupId group) =>
        _leads.TryGetValue((group, node), out long term) && term == _lastTerm.GetValueOrDefault(group);

    /// <summary>A node has lost its disk, with all that it had promised on it.</summary>
    public void Forget(NodeId node)
    {
        foreach ((GroupId, NodeId) key in _durable.Keys.Where(key => key.Item2 == node).ToList())
        {
            _lost[key] = _durable[key];
            _durable.Remove(key);
            _written.Remove(key);
        }
    }

    /// <summary>A member's disk was opened: it has what it called durable.</summary>
    public void Opened(NodeId node, ILogStore store)
    {
        foreach ((GroupId group, RecoveredGroup found) in store.Recovered)
        {
            MemberLog durable = LogOf(_durable, group, node);
            CheckKept(node, group, durable, found, store);
            long snapshot = found.Snapshot?.Index ?? 0;
            List<(long, long)> terms = [];
            for (long index = Math.Max(found.FirstIndex, 1); index <= found.LastIndex; index++)
            {
                if (store.TryGetTerm(group, index, out long term))
                    terms.Add((index, term));
            }

            durable.Restore(found.HardState, snapshot, found.LastIndex, terms);
            LogOf(_written, group, node).Restore(found.HardState, snapshot, found.LastIndex, terms);
        }

        foreach ((GroupId group, NodeId member) in _leads.Keys.Where(key => key.Item2 == node).ToList())
            _leads.Remove((group, member));
    }

    /// <summary>A member hands entries to its disk.</summary>
    /// <param name="leads">Term that it leads in at this moment; null = it does not.</param>
    public void Written(NodeId node, StoreWrite write, long? leads)
    {
        MemberLog log = LogOf(_written, write.Group, node);
        trace.Note(
            node.Value, "writes", write.Group.Value, write.Entries.Count == 0 ? 0 : write.Entries[0].Index,
            write.Entries.Count);
        if (write.HardState is { } state)
        {
            HardState before = LogOf(_durable, write.Group, node).HardState;
            verdict.Check(
                state.Term > before.Term
                    || (state.Term == before.Term && (before.Vote.Value == 0 || before.Vote == state.Vote)),
                $"one vote a term: node {node} of group {write.Group} had {before} on its disk, and writes {state}");
        }

        // What it had to store as a follower may be in the same write, in front.
        if (write.Entries.Count > 0 && write.Entries[0].Term == leads)
        {
            verdict.Check(
                write.Entries[0].Index == log.Last + 1,
                $"leader append-only: node {node} leads group {write.Group} and overwrites {write.Entries[0].Index}");
        }

        long termBefore = write.Entries.Count == 0 ? 0 : log.TermOf(write.Entries[0].Index - 1) ?? -1;
        foreach (Entry entry in write.Entries)
        {
            CheckMatches(node, write.Group, entry, termBefore);
            termBefore = entry.Term;
        }

        log.Write(write);
    }

    /// <summary>The disk has them.</summary>
    public void Durable(NodeId node, StoreWrite write)
    {
        trace.Note(
            node.Value, "has", write.Group.Value, write.Entries.Count == 0 ? 0 : write.Entries[0].Index,
            write.Entries.Count);
        LogOf(_durable, write.Group, node).Write(write);
    }

    /// <summary>A leader's snapshot took the place of a member's log.</summary>
    public void Installed(NodeId node, GroupId group, SnapshotMark mark)
    {
        LogOf(_written, group, node).Install(mark.Index);
        LogOf(_durable, group, node).Install(mark.Index);
    }

    /// <summary>After each step of a group.</summary>
    public void Stepped(NodeId node, RaftGroupHost host)
    {
        var key = (host.Group, node);
        if (host.Raft.Role != RaftRole.Leader)
        {
            _leads.Remove(key);
            return;
        }

        long term = host.Raft.Term;
        if (_leads.TryGetValue(key, out long known) && known == term)
            return;
        _leads[key] = term;
        if (_leaders.TryAdd((host.Group, term), node))
        {
            trace.Note(node.Value, "leads", host.Group.Value, term);
            _lastTerm[host.Group] = Math.Max(_lastTerm.GetValueOrDefault(host.Group), term);
            CheckComplete(node, host.Group, term);
        }
        else
        {
            verdict.Check(
                _leaders[(host.Group, term)] == node,
                $"election safety: nodes {_leaders[(host.Group, term)]} and {node} both lead group {host.Group} "
                + $"in term {term}");
        }
    }

    /// <summary>A member has applied an entry.</summary>
    public void AppliedEntry(NodeId node, GroupState state, in Entry entry)
    {
        if (state.Group.IsLocal)
            return;
        var key = (state.Group, entry.Index);
        var content = (entry.Term, Fingerprint.Of(entry.Payload.Span));
        if (_applied.TryAdd(key, content))
        {
            _committedIn[key] = _lastTerm.GetValueOrDefault(state.Group);
            _lastApplied[state.Group] = Math.Max(_lastApplied.GetValueOrDefault(state.Group), entry.Index);
            CheckQuorum(state.Group, entry);
            if (entry.Kind == EntryKind.Configuration)
                _members[state.Group] = [MembersOf(state.Group)[^1], GroupMembersCodec.Read(entry.Payload.Span)];
        }
        else
        {
            verdict.Check(
                _applied[key] == content,
                $"state machine safety: node {node} applied another entry {entry.Index} of group {state.Group}");
        }

        if (entry.Index >= _nextState.GetValueOrDefault(state.Group) || _states.ContainsKey(key))
            CompareState(node, state);
    }

    /// <summary>A member's state, as of where it has applied, against the others.</summary>
    public void CompareState(NodeId node, GroupState state)
    {
        if (state.Group.IsLocal)
            return;
        var output = new ArrayBufferWriter<byte>(4096);
        state.WriteState(output);
        ulong hash = Fingerprint.Of(output.WrittenSpan);
        trace.Note(node.Value, "state", state.Group.Value, state.AppliedIndex, unchecked((long)hash));
        if (_states.TryAdd((state.Group, state.AppliedIndex), hash))
        {
            _nextState[state.Group] = Math.Max(
                _nextState.GetValueOrDefault(state.Group),
                state.AppliedIndex + StateEvery + (output.WrittenCount / BytesPerEntry));
            return;
        }

        verdict.Check(
            _states[(state.Group, state.AppliedIndex)] == hash,
            $"equal states: node {node} is in another state of group {state.Group} at {state.AppliedIndex}");
    }

    private void CheckKept(NodeId node, GroupId group, MemberLog durable, RecoveredGroup found, ILogStore store)
    {
        HardState before = durable.HardState;
        bool keepsPromise = found.HardState.Term > before.Term
            || (found.HardState.Term == before.Term
                && (before.Vote.Value == 0 || before.Vote == found.HardState.Vote));
        verdict.Check(keepsPromise,
            $"durability: node {node} forgot its vote in group {group}: it was {before}, and is {found.HardState}");
        long snapshot = found.Snapshot?.Index ?? 0;
        for (long index = Math.Max(snapshot, durable.Snapshot) + 1; index <= durable.Last; index++)
        {
            // Superseded by a write that nobody was told of is not lost.
            bool has = index <= found.LastIndex && store.TryGetTerm(group, index, out long term)
                && term >= durable.TermOf(index);
            bool isCut = !has && found.LastIndex >= snapshot && IsSuperseded(found, durable, store, group, index);
            verdict.Check(has || isCut,
                $"durability: node {node} lost entry {index} of group {group}, which its disk had");
        }
    }

    /// <summary>A write that was under way at the crash may have superseded the tail: then a newer term stands at its
    /// end.</summary>
    private static bool IsSuperseded(
        RecoveredGroup found, MemberLog durable, ILogStore store, GroupId group, long index) =>
        found.LastIndex < index
        && store.TryGetTerm(group, found.LastIndex, out long last)
        && last > (durable.TermOf(found.LastIndex) ?? long.MaxValue);

    private void CheckMatches(NodeId node, GroupId group, in Entry entry, long before)
    {
        var key = (group, entry.Index, entry.Term);
        ulong content = Fingerprint.Of(entry.Payload.Span);
        if (_entries.TryAdd(key, (content, before)))
            return;
        (ulong known, long knownBefore) = _entries[key];
        verdict.Check(
            known == content && (before < 0 || knownBefore < 0 || knownBefore == before),
            $"log matching: node {node} has another entry {entry.Index} of term {entry.Term} in group {group}");
    }

    private void CheckComplete(NodeId node, GroupId group, long term)
    {
        MemberLog log = LogOf(_written, group, node);
        long last = _lastApplied.GetValueOrDefault(group);
        for (long index = Math.Max(1, last - CompleteBack); index <= last; index++)
        {
            // A vote that comes late makes a leader of a term that is over; it need not have what was committed since.
            if (!_applied.TryGetValue((group, index), out (long Term, ulong) applied)
                || _committedIn[(group, index)] >= term)
                continue;
            verdict.Check(log.Has(index, applied.Term),
                $"leader completeness: node {node} leads group {group} in term {term} without entry {index}");
        }
    }

    private void CheckQuorum(GroupId group, in Entry entry)
    {
        long index = entry.Index;
        long term = entry.Term;
        // A configuration counts for a leader from when it has applied it, which may be after it has committed this one.
        verdict.Check(MembersOf(group).Any(members => HaveIt(members.Voters) && (!members.IsJoint || HaveIt(members.Outgoing))),
            $"durability: entry {index} of group {group} is applied, and too few of its members' disks have it");

        bool HaveIt(IReadOnlyList<NodeId> voters) =>
            voters.Count(voter => LogOf(_durable, group, voter).Has(index, term)
                || LogOf(_lost, group, voter).Has(index, term)) > voters.Count / 2;
    }

    /// <summary>The last two configurations of a group.</summary>
    private GroupMembers[] MembersOf(GroupId group) => _members.GetValueOrDefault(group) ?? [FirstMembers];

    private static MemberLog LogOf(Dictionary<(GroupId, NodeId), MemberLog> logs, GroupId group, NodeId node)
    {
        if (!logs.TryGetValue((group, node), out MemberLog? log))
            logs.Add((group, node), log = new MemberLog());
        return log;
    }
}
