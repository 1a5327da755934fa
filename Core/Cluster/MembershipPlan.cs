using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Metadata;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>
/// The next step of a group towards the members that the directory names (decision 0013): who is not among them leaves,
/// who is missing joins as a learner, a learner that has caught up becomes a voter. One step at a time, each decided
/// anew from what the group has come to, so it does not matter who leads by then.
/// </summary>
internal static class MembershipPlan
{
    /// <param name="now">The group's configuration.</param>
    /// <param name="wanted">The nodes of the cluster, by number.</param>
    /// <param name="basis">How new that list is; a leader that knows an older one than the configuration was made by
    /// does nothing.</param>
    /// <param name="mayLeave">Whether a member that is not wanted may go already.</param>
    /// <param name="isCaughtUp">Whether a learner is close enough to vote.</param>
    /// <returns>Null: there is nothing to do now.</returns>
    public static GroupMembers? Next(
        GroupMembers now,
        IReadOnlyList<ClusterMember> wanted,
        long basis,
        Func<NodeId, bool> mayLeave,
        Func<NodeId, bool> isCaughtUp)
    {
        if (wanted.Count == 0 || basis < now.Basis || now.IsChanging)
            return null;
        return Leave(now, wanted, basis, mayLeave) ?? Join(now, wanted, basis) ?? Promote(now, basis, isCaughtUp);
    }

    /// <summary>Whom a leader hands over to that the directory does not name any more. What a node has left it hears no more
    /// of, so one that waited, as leader of the directory, for the others to let it go would wait for ever.</summary>
    /// <param name="now">The group's configuration.</param>
    /// <param name="wanted">The nodes of the cluster.</param>
    /// <param name="basis">As for <see cref="Next"/>.</param>
    /// <param name="self">The leader.</param>
    /// <param name="progress">How far the members are.</param>
    /// <returns>The furthest voter that stays; null: the leader is named, or there is none.</returns>
    public static NodeId? HeirOf(
        GroupMembers now,
        IReadOnlyList<ClusterMember> wanted,
        long basis,
        Replica self,
        IReadOnlyList<MemberProgress> progress)
    {
        if (wanted.Count == 0 || basis < now.Basis || wanted.Any(member => member.Replica == self))
            return null;
        return progress
            .Where(member => member is { IsLearner: false, IsActive: true } && member.Node != self.Node
                && now.Voters.Contains(member.Node) && IsWanted(now, wanted, member.Node))
            .OrderByDescending(member => member.Match)
            .Select(member => (NodeId?)member.Node)
            .FirstOrDefault();
    }

    /// <summary>First, because a new disk under an old number can only come when the old one is gone, and because a
    /// dead member weakens a quorum. Not if nobody who may vote would be left.</summary>
    private static GroupMembers? Leave(
        GroupMembers now, IReadOnlyList<ClusterMember> wanted, long basis, Func<NodeId, bool> mayLeave)
    {
        bool Stays(NodeId node) => IsWanted(now, wanted, node) || !mayLeave(node);
        if (now.Voters.All(Stays) && now.Learners.All(Stays))
            return null;
        NodeId[] voters = [.. now.Voters.Where(Stays)];
        return voters.Length == 0
            ? null
            : Of(voters, [.. now.Learners.Where(Stays)], now.Replicas, basis);
    }

    private static GroupMembers? Join(GroupMembers now, IReadOnlyList<ClusterMember> wanted, long basis)
    {
        Replica[] missing = [.. wanted.Where(member => !now.Contains(member.Node)).Select(member => member.Replica)];
        return missing.Length == 0
            ? null
            : Of(now.Voters, now.Learners.Concat(missing.Select(one => one.Node)), [.. now.Replicas, .. missing], basis);
    }

    private static GroupMembers? Promote(GroupMembers now, long basis, Func<NodeId, bool> isCaughtUp)
    {
        NodeId[] ready = [.. now.Learners.Where(isCaughtUp)];
        return ready.Length == 0
            ? null
            : Of(now.Voters.Concat(ready), now.Learners.Except(ready), now.Replicas, basis);
    }

    private static bool IsWanted(GroupMembers now, IReadOnlyList<ClusterMember> wanted, NodeId node) =>
        wanted.Any(member => member.Node == node && now.MayMean(node, member.Replica.Store));

    private static GroupMembers Of(
        IEnumerable<NodeId> voters, IEnumerable<NodeId> learners, IReadOnlyList<Replica> replicas, long basis)
    {
        NodeId[] voting = [.. voters.OrderBy(node => node.Value)];
        NodeId[] learning = [.. learners.OrderBy(node => node.Value)];
        return new GroupMembers(voting, learning)
        {
            Replicas = [.. replicas.Where(one => voting.Contains(one.Node) || learning.Contains(one.Node))
                .OrderBy(one => one.Node.Value)],
            Basis = basis,
        };
    }
}
