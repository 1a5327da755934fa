using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Metadata;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>Decision 0013: a group comes to the members that the directory names, a step at a time.</summary>
public sealed class MembershipPlanTests
{
    private const long Basis = 10;

    [Fact]
    public void A_group_with_the_wanted_members_has_nothing_to_do()
    {
        Assert.Null(Next(Group([1, 2, 3]), Wanted(1, 2, 3)));
    }

    [Fact]
    public void A_new_node_learns_first_and_votes_when_it_has_caught_up()
    {
        GroupMembers learning = Next(Group([1, 2, 3]), Wanted(1, 2, 3, 4))!;
        AssertMembers([1, 2, 3], [4], learning);
        Assert.Equal(Disk(4), learning.StoreOf(new NodeId(4)));
        Assert.Equal(Basis, learning.Basis);

        Assert.Null(Next(learning, Wanted(1, 2, 3, 4)));

        GroupMembers voting = Next(learning, Wanted(1, 2, 3, 4), caughtUp: [4])!;
        AssertMembers([1, 2, 3, 4], [], voting);
        Assert.Equal(Disk(4), voting.StoreOf(new NodeId(4)));
        Assert.Null(Next(voting, Wanted(1, 2, 3, 4), caughtUp: [4]));
    }

    [Fact]
    public void Who_is_not_wanted_leaves_whether_it_votes_or_not()
    {
        GroupMembers next = Next(Group([1, 2, 3], [4]), Wanted(1, 2))!;
        AssertMembers([1, 2], [], next);
        Assert.Equal([1, 2], next.Replicas.Select(replica => replica.Node.Value));
    }

    [Fact]
    public void Who_may_not_leave_yet_stays()
    {
        Assert.Null(Next(Group([1, 2, 3]), Wanted(1, 2), mayLeave: false));
    }

    [Fact]
    public void A_leader_that_is_to_leave_hands_over_to_the_furthest_voter_that_stays()
    {
        MemberProgress[] progress = [At(1, 9), At(2, 6), At(3, 7), At(4, 8) with { IsActive = false }, At(5, 9)];
        GroupMembers now = Group([1, 2, 3, 4, 5]);

        Assert.Equal(new NodeId(3), HeirOf(now, Wanted(2, 3, 4), progress));
        Assert.Null(HeirOf(now, Wanted(1, 2, 3), progress));
        Assert.Null(HeirOf(now, [], progress));
        Assert.Null(HeirOf(now with { Basis = Basis + 1 }, Wanted(2, 3), progress));
        Assert.Equal(
            new NodeId(2), HeirOf(now, [.. Wanted(2), new ClusterMember(new Replica(new NodeId(1), Disk(11)), 7)], progress));
    }

    [Fact]
    public void Another_disk_joins_when_the_old_one_has_left()
    {
        ClusterMember[] wanted = [.. Wanted(1, 2), new ClusterMember(new Replica(new NodeId(3), Disk(33)), 7)];

        GroupMembers without = Next(Group([1, 2, 3]), wanted)!;
        AssertMembers([1, 2], [], without);

        GroupMembers with = Next(without, wanted)!;
        AssertMembers([1, 2], [3], with);
        Assert.Equal(Disk(33), with.StoreOf(new NodeId(3)));
    }

    [Fact]
    public void The_last_voter_stays_until_another_one_votes()
    {
        GroupMembers learning = Next(Group([1]), Wanted(2))!;
        AssertMembers([1], [2], learning);
        Assert.Null(Next(learning, Wanted(2)));

        GroupMembers both = Next(learning, Wanted(2), caughtUp: [2])!;
        AssertMembers([1, 2], [], both);
        AssertMembers([2], [], Next(both, Wanted(2))!);
    }

    [Fact]
    public void A_leader_that_knows_an_older_list_than_the_configuration_came_from_does_nothing()
    {
        GroupMembers now = Group([1, 2, 3]) with { Basis = Basis + 1 };
        Assert.Null(Next(now, Wanted(1, 2)));
        Assert.NotNull(Next(now with { Basis = Basis }, Wanted(1, 2)));
    }

    [Fact]
    public void Nothing_is_done_while_a_change_is_under_way_or_the_directory_is_unknown()
    {
        Assert.Null(Next(Group([1, 2, 3]) with { Outgoing = [new NodeId(1)] }, Wanted(1, 2)));
        Assert.Null(Next(Group([1, 2, 3]), []));
    }

    private static GroupMembers? Next(
        GroupMembers now, IReadOnlyList<ClusterMember> wanted, int[]? caughtUp = null, bool mayLeave = true) =>
        MembershipPlan.Next(now, wanted, Basis, _ => mayLeave, node => (caughtUp ?? []).Contains(node.Value));

    private static NodeId? HeirOf(
        GroupMembers now, IReadOnlyList<ClusterMember> wanted, IReadOnlyList<MemberProgress> progress) =>
        MembershipPlan.HeirOf(now, wanted, Basis, new Replica(new NodeId(1), Disk(1)), progress);

    private static MemberProgress At(int node, long match) =>
        new(new NodeId(node), match, IsLearner: false, IsActive: true, NeedsSnapshot: false);

    private static GroupMembers Group(int[] voters, int[]? learners = null) => new(
        [.. voters.Select(id => new NodeId(id))], [.. (learners ?? []).Select(id => new NodeId(id))])
    {
        Replicas = [.. voters.Concat(learners ?? []).Select(id => new Replica(new NodeId(id), Disk(id)))],
    };

    private static ClusterMember[] Wanted(params int[] nodes) =>
        [.. nodes.Select(id => new ClusterMember(new Replica(new NodeId(id), Disk(id)), 0))];

    private static Guid Disk(int number) => new(number, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]);

    private static void AssertMembers(int[] voters, int[] learners, GroupMembers members)
    {
        Assert.Equal(voters, members.Voters.Select(id => id.Value));
        Assert.Equal(learners, members.Learners.Select(id => id.Value));
    }
}
