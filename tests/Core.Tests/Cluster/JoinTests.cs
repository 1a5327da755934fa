using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Cluster;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>Decision 0013 with real nodes, sockets and disks: a cluster of one moves to another machine.</summary>
public sealed class JoinTests : IDisposable
{
    private const int SnapshotInstalled = 1011;
    private const int Messages = 6000;

    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromSeconds(120));

    private CancellationToken Stop => _deadline.Token;

    public void Dispose() => _deadline.Dispose();

    [Fact]
    public async Task A_new_node_gets_what_is_unsettled_by_snapshot_and_goes_on_alone_when_the_first_one_left()
    {
        await using CatchUpCluster cluster = await CatchUpCluster.OfAsync(1, Stop);
        QueueInfo queue;
        await using (CatchUpClient client = await CatchUpClient.ConnectAsync(cluster[1], Stop))
        {
            queue = await client.DeclareAsync("orders");
            await client.PublishAsync("orders", Enumerable.Range(0, Messages));
            await client.ConsumeAsync(queue, Messages, IsSettled);
            // Enough that snapshots are taken of what was settled, too.
            await client.PublishAsync("orders", Enumerable.Range(Messages, 1000));
        }

        Assert.Equal(Reply.Gone, await cluster[1].AddNodeAsync(new NodeId(2), replace: false, Stop));
        await cluster.JoinAsync(2, Stop);
        await TestNode.UntilAsync(async () => await cluster[1].AddNodeAsync(new NodeId(2), replace: false, Stop) == Reply.Ok);
        await cluster.LogOf(2).WaitFor(SnapshotInstalled, "Group 1", Stop);
        await cluster.WhenReadyAsync(2, Stop);
        await UntilVotersAsync(cluster[1], 1, 2);

        Assert.Equal(Reply.NotAllowed, await cluster[1].RemoveNodeAsync(new NodeId(1), Stop));
        Assert.Equal(Reply.Ok, await cluster[2].RemoveNodeAsync(new NodeId(1), Stop));
        await UntilVotersAsync(cluster[2], 2);
        Assert.Equal(Reply.NotAllowed, await cluster[2].RemoveNodeAsync(new NodeId(2), Stop));
        await TestNode.UntilAsync(() => cluster[1].IsRemoved);
        await cluster.StopAsync(1);

        await using (CatchUpClient client = await CatchUpClient.ConnectAsync(cluster[2], Stop))
        {
            int[] unsettled = [.. Enumerable.Range(0, Messages + 1000).Where(n => n >= Messages || !IsSettled(n))];
            List<int> came = await client.ConsumeAsync(queue, unsettled.Length, _ => true);
            Assert.Equal(unsettled, came.Order());
        }

        // Also from its own disk.
        await cluster.StopAsync(2);
        await cluster.StartAsync(2, Stop);
        await cluster.WhenReadyAsync(2, Stop);
        Assert.Equal([2], cluster[2].Status.Members.Select(member => member.Node.Value));
    }

    [Fact]
    public async Task Nodes_that_joined_without_knowing_each_other_find_each_other()
    {
        await using CatchUpCluster cluster = await CatchUpCluster.OfAsync(1, Stop);
        foreach (int id in (int[])[2, 3])
        {
            await cluster.JoinAsync(id, Stop);
            await TestNode.UntilAsync(
                async () => await cluster[1].AddNodeAsync(new NodeId(id), replace: false, Stop) == Reply.Ok);
            await cluster.WhenReadyAsync(id, Stop);
        }

        await UntilVotersAsync(cluster[1], 1, 2, 3);
        QueueInfo queue;
        await using (CatchUpClient client = await CatchUpClient.ConnectAsync(cluster[1], Stop))
            queue = await client.DeclareAsync("orders");
        Assert.Equal(Reply.Ok, await cluster[3].MoveLeadershipAsync(queue.Group, new NodeId(2), Stop));
        await using (CatchUpClient client = await CatchUpClient.ConnectAsync(cluster[3], Stop))
        {
            // By way of node 2, which is in nobody's settings.
            await client.PublishAsync("orders", [1, 2, 3]);
            Assert.Equal([1, 2, 3], (await client.ConsumeAsync(queue, 3, _ => true)).Order());
        }
    }

    [Fact]
    public async Task A_disk_is_said_to_be_replaced_when_the_new_one_counts_also_while_the_old_one_seems_connected()
    {
        await using CatchUpCluster cluster = await CatchUpCluster.OfAsync(3, Stop);
        Task<Reply> present = cluster[2].AddNodeAsync(new NodeId(1), replace: true, Stop);
        PeerHello before = HelloOf(cluster[3]);
        await cluster.StopAsync(3);
        await TestNode.UntilAsync(
            async () => await cluster[1].AddNodeAsync(new NodeId(3), replace: false, Stop) == Reply.Gone);
        // As if its machine had died without a word.
        IPeerHandler asked = cluster[1];
        asked.PeerConnected(before);
        cluster.ReplaceDisk(3);
        await cluster.StartAsync(3, Stop);
        await TestNode.UntilAsync(() => cluster[2].Status.Waiting.Any(waiting => waiting.Node.Value == 3));

        Task<Reply> replacing = cluster[1].AddNodeAsync(new NodeId(3), replace: true, Stop);
        asked.PeerDisconnected(new NodeId(3));

        Reply reply = await replacing;
        // A slow machine may need more time than the request has.
        while (reply is Reply.Gone or Reply.InUse or Reply.TimedOut)
            reply = await cluster[1].AddNodeAsync(new NodeId(3), replace: true, Stop);
        Assert.Equal(Reply.Ok, reply);
        await TestNode.UntilAsync(() => cluster[1].Directory.FindMember(new NodeId(3))?.Replica.Store != before.StoreId);
        Assert.Equal(HelloOf(cluster[3]).StoreId, cluster[1].Directory.FindMember(new NodeId(3))!.Replica.Store);
        await cluster.WhenReadyAsync(3, Stop);
        Assert.Equal(Reply.InUse, await present);
    }

    private static PeerHello HelloOf(IPeerHandler node) => node.Hello;

    private static bool IsSettled(int number) => number % 3 != 0;

    private static Task UntilVotersAsync(BrokerNode node, params int[] voters) => TestNode.UntilAsync(() =>
        node.Status.Groups.All(group => !group.Members.IsJoint
            && group.Members.Voters.Select(voter => voter.Value).SequenceEqual(voters)));
}
