namespace Cmq.MultiProtocol.Core.Consensus;

/// <content>
/// Changing the members: joint consensus (Raft section 6; thesis, 4.3). As in etcd, a configuration counts from the
/// moment at which it is applied, which is safe because of three rules. One change at a time: the next configuration is
/// appended only when the one before is applied by the leader, so whoever has it in its log knows that the one before is
/// committed, after a restart, too. Nobody campaigns before it has applied all that it knows to be committed, so a
/// candidate is at most one configuration behind its log. And neighbours in the chain of configurations have no disjoint
/// quorums.
/// </content>
public sealed partial class RaftNode
{
    // Where the newest configuration of this leader's log may stand; nothing above it is one.
    private long _lastConfiguration;

    // This leader has appended the configuration without itself.
    private bool _isLeaving;

    /// <summary>
    /// Proposes other members. Learners are changed by one entry; other voters need three: a joint configuration, in
    /// which both voter lists must agree, the one without the old list, and that once more. Members that forget in a
    /// crash that the second was committed would else need the old list again, whose disks may be gone by then.
    /// </summary>
    /// <param name="target">The members to be; not joint. A node keeps its disk: another disk joins after the old one
    /// has left.</param>
    /// <param name="index">Where the first entry stands.</param>
    /// <param name="autoLeave">Whether the leader, whoever it is by then, leaves the joint configuration by itself;
    /// else <see cref="TryLeaveJoint"/> does.</param>
    /// <returns>False: not leader, leadership is being handed over, another change is under way or may be, or too many
    /// bytes are uncommitted.</returns>
    public bool TryProposeMembers(GroupMembers target, out long index, bool autoLeave = true)
    {
        index = 0;
        if (!MayChangeMembers || Members.IsChanging)
            return false;
        CheckTarget(target);
        GroupMembers next = target.Voters.SequenceEqual(Members.Voters)
            ? target with { GoesOn = false }
            : target with
            {
                Outgoing = Members.Voters,
                GoesOn = autoLeave,
                Replicas = [.. target.Replicas.Union(
                    Members.Replicas.Where(replica => Members.Voters.Contains(replica.Node)))],
            };
        return TryAppendConfiguration(next, out index);
    }

    /// <summary>Proposes to leave a joint configuration that is not left by itself.</summary>
    /// <returns>False: as <see cref="TryProposeMembers"/>, or it is not joint.</returns>
    public bool TryLeaveJoint(out long index)
    {
        index = 0;
        return MayChangeMembers && Members.IsJoint && TryAppendConfiguration(LeftJoint(), out index);
    }

    /// <summary>What this leader knows of the members; empty for others.</summary>
    public IReadOnlyList<MemberProgress> ListProgress()
    {
        if (Role != RaftRole.Leader)
            return [];
        var list = new MemberProgress[_electorate.All.Length];
        for (int i = 0; i < list.Length; i++)
        {
            Progress member = _electorate.All[i];
            list[i] = new MemberProgress(
                member.Id,
                member.Match,
                IsLearner: !_electorate.IsVoter(member.Id),
                IsActive: member.Id == _options.Self || member.ActiveTick >= _tick - _options.ElectionTicks,
                NeedsSnapshot: member.State == ProgressState.Snapshot);
        }

        return list;
    }

    /// <summary>By the applied configuration, which may mean another disk by this node's number.</summary>
    private bool IsVoter
        => _electorate.IsVoter(_options.Self) && Members.MayMean(_options.Self, _options.Store);

    // A leader that has just been elected has an entry of its own first, so that nothing of an earlier term, a
    // configuration maybe, is undecided (thesis, 4.1, and the correction of 2015).
    private bool MayChangeMembers
        => Role == RaftRole.Leader && IsVoter && _transferTo == Nobody && _log.Applied >= _lastConfiguration;

    private bool MustGoOn => MayChangeMembers && Members.GoesOn;

    private GroupMembers LeftJoint() => Members with
    {
        Outgoing = [],
        GoesOn = true,
        Replicas = [.. Members.Replicas.Where(
            replica => Members.Voters.Contains(replica.Node) || Members.Learners.Contains(replica.Node))],
    };

    /// <summary>Committed, whatever the hard state says: it goes no further than what was stored before the write that
    /// brought the newest configuration.</summary>
    /// <returns>Its index; 0: at most one is in the log behind what is known to be committed.</returns>
    private long LastButOneConfiguration()
    {
        long last = 0, before = 0;
        for (long next = CommitIndex + 1; next <= LastIndex;)
        {
            foreach (Entry entry in _log.Read(next, LastIndex, _options.MaxMessageBytes))
            {
                if (entry.Kind == EntryKind.Configuration)
                    (before, last) = (last, entry.Index);
                next = entry.Index + 1;
            }
        }

        return before;
    }

    private bool TryAppendConfiguration(GroupMembers members, out long index)
    {
        index = 0;
        if (!_proposals.HasRoomFor(EntrySize.Overhead + GroupMembersCodec.ToBytes(members).Length))
            return false;
        AppendConfiguration(members);
        index = LastIndex;
        return true;
    }

    /// <summary>
    /// A leader appends nothing behind a configuration without itself. Its log would else be longer than those of the
    /// members that stay, and one that does not know yet that it may do without its vote would never get it.
    /// </summary>
    private void AppendConfiguration(GroupMembers members)
    {
        AppendOwn(new Entry(
            LastIndex + 1, Term, EntryKind.Configuration, GroupMembersCodec.ToBytes(members)));
        _lastConfiguration = LastIndex;
        _isLeaving = !members.Voters.Contains(_options.Self) && !members.Outgoing.Contains(_options.Self);
    }

    /// <summary>Not refused for want of room: the group stays between two configurations until it is there.</summary>
    private void GoOnIfDue()
    {
        if (MustGoOn)
            AppendConfiguration(Members.IsJoint ? LeftJoint() : Members with { GoesOn = false });
    }

    private void CheckTarget(GroupMembers target)
    {
        Invariant.Check(
            target.Voters.Count > 0 && IsAscending(target.Voters) && IsAscending(target.Learners)
                && !target.Voters.Intersect(target.Learners).Any() && !target.IsJoint,
            "A group is to have members that cannot be.");
        Invariant.Check(
            target.Replicas.All(
                replica => !Members.Contains(replica.Node) || Members.MayMean(replica.Node, replica.Store)),
            "A member is to change its disk without leaving.");
    }

    private static bool IsAscending(IReadOnlyList<NodeId> nodes)
    {
        for (int i = 1; i < nodes.Count; i++)
        {
            if (nodes[i].Value <= nodes[i - 1].Value)
                return false;
        }

        return true;
    }

    private void ActivateConfigurations(IReadOnlyList<Entry> applied)
    {
        for (int i = 0; i < applied.Count; i++)
        {
            if (applied[i].Kind == EntryKind.Configuration)
                Activate(GroupMembersCodec.Read(applied[i].Payload.Span));
        }
    }

    private void Activate(GroupMembers members)
    {
        _electorate = _electorate.With(members, _options, LastIndex, _tick);
        if (Role != RaftRole.Leader)
            return;
        if (_transferTo != Nobody && !_electorate.StaysVoter(_transferTo))
            _transferTo = Nobody;

        // What the old quorum lacked, the new one may have.
        CommitByQuorum();
        ConfirmReads();
        if (!IsVoter)
            HandOverToBest();
    }

    /// <summary>
    /// This leader is no member any more. It leads on until another one does, for an election timeout at most: the
    /// others learn from it that they may go on without it.
    /// </summary>
    private void HandOverToBest()
    {
        Progress? best = null;
        foreach (Progress member in _electorate.Voters)
        {
            if (best is null || member.Match > best.Match)
                best = member;
        }

        SendAppends();
        TransferLeadership(best!.Id);
    }
}
