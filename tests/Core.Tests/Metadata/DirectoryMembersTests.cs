using Cmq.MultiProtocol.Core.Metadata;
using Xunit;
using static Cmq.MultiProtocol.Core.Tests.Metadata.TestDirectory;

namespace Cmq.MultiProtocol.Core.Tests.Metadata;

/// <summary>Decision 0013: who belongs to the cluster.</summary>
public sealed class DirectoryMembersTests
{
    private static readonly Guid OtherDisk = new("77777777-7777-8888-9999-000000000000");
    private static readonly Replica Third = new(new NodeId(3), StoreId);

    [Fact]
    public void A_node_joins_once_and_the_list_says_when_it_changed()
    {
        TestDirectory directory = TestDirectory.Started();
        Assert.Equal(1, directory.Snapshot.MembersAt);

        directory.Ok(new DirectoryCommand.PutMember(Third));
        long at = directory.Snapshot.MembersAt;
        Assert.Equal(directory.Snapshot.AppliedIndex, at);
        Assert.Equal([1, 2, 3], directory.Snapshot.Members.Select(member => member.Node.Value));

        directory.Ok(new DirectoryCommand.PutMember(Third));
        Assert.Equal(at, directory.Snapshot.MembersAt);
    }

    [Fact]
    public void Only_a_member_with_its_own_disk_can_begin_a_life()
    {
        TestDirectory directory = TestDirectory.Started();
        var life = new NodeIncarnation(new NodeId(3), 1);

        directory.Refused(Reply.Gone, new DirectoryCommand.RegisterNode(life, StoreId, "a:1"));
        directory.Ok(new DirectoryCommand.PutMember(Third));
        directory.Refused(Reply.Gone, new DirectoryCommand.RegisterNode(life, OtherDisk, "a:1"));
        directory.Ok(new DirectoryCommand.RegisterNode(life, StoreId, "a:1"));
    }

    [Fact]
    public void A_disk_is_not_replaced_while_the_node_lives()
    {
        TestDirectory directory = TestDirectory.Started();
        var replaced = new Replica(new NodeId(2), OtherDisk);

        directory.Refused(Reply.InUse, new DirectoryCommand.PutMember(replaced));
        directory.Ok(new DirectoryCommand.NodeGone(Node2));
        directory.Ok(new DirectoryCommand.PutMember(replaced));

        Assert.Equal(replaced, directory.Snapshot.FindMember(new NodeId(2))!.Replica);
    }

    [Fact]
    public void The_lives_of_a_new_disk_are_above_those_of_the_old_one()
    {
        TestDirectory directory = TestDirectory.Started();
        directory.Ok(new DirectoryCommand.RegisterNode(new NodeIncarnation(new NodeId(2), 40), StoreId, "a:1"));
        directory.Ok(new DirectoryCommand.NodeGone(new NodeIncarnation(new NodeId(2), 40)));
        directory.Ok(new DirectoryCommand.PutMember(new Replica(new NodeId(2), OtherDisk)));

        Assert.Equal(40, directory.Snapshot.FindMember(new NodeId(2))!.LastIncarnation);
        directory.Refused(Reply.Gone, new DirectoryCommand.RegisterNode(
            new NodeIncarnation(new NodeId(2), 40), OtherDisk, "a:1"));
        directory.Refused(Reply.Gone, new DirectoryCommand.RegisterNode(
            new NodeIncarnation(new NodeId(2), 41), StoreId, "a:1"));
        directory.Ok(new DirectoryCommand.RegisterNode(new NodeIncarnation(new NodeId(2), 41), OtherDisk, "a:1"));
    }

    [Fact]
    public void A_node_that_leaves_is_gone_and_does_not_come_back()
    {
        TestDirectory directory = TestDirectory.Started();

        directory.Ok(new DirectoryCommand.RemoveMember(new NodeId(2)));

        Assert.Equal([1], directory.Snapshot.Members.Select(member => member.Node.Value));
        Assert.Equal([Node2], directory.Context.Ended);
        Assert.False(directory.Snapshot.IsLive(Node2));
        directory.Refused(Reply.Gone, new DirectoryCommand.RegisterNode(
            new NodeIncarnation(new NodeId(2), 2), StoreId, "a:1"));
        directory.Ok(new DirectoryCommand.RemoveMember(new NodeId(2)));
    }

    [Fact]
    public void The_last_node_cannot_leave()
    {
        TestDirectory directory = TestDirectory.Started();
        directory.Ok(new DirectoryCommand.RemoveMember(new NodeId(1)));

        directory.Refused(Reply.NotAllowed, new DirectoryCommand.RemoveMember(new NodeId(2)));
    }

    [Fact]
    public void A_cluster_has_at_most_five_nodes()
    {
        TestDirectory directory = TestDirectory.Started();
        for (int id = 3; id <= DirectoryLimits.MaxMembers; id++)
            directory.Ok(new DirectoryCommand.PutMember(new Replica(new NodeId(id), StoreId)));

        directory.Refused(Reply.LimitReached, new DirectoryCommand.PutMember(new Replica(new NodeId(6), StoreId)));
        directory.Ok(new DirectoryCommand.PutMember(Third));
    }
}
