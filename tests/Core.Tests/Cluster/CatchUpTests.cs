using Cmq.MultiProtocol.Core.Broker;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>Real nodes, real sockets, real disks: a node that was away for longer than the log is kept.</summary>
public sealed class CatchUpTests : IDisposable
{
    private const int SnapshotInstalled = 1011;
    private const int Messages = 6000;

    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromSeconds(120));

    private CancellationToken Stop => _deadline.Token;

    public void Dispose() => _deadline.Dispose();

    private static bool IsSettled(int number) => number % 3 != 0;

    [Fact]
    public async Task A_node_whose_entries_were_cut_gets_what_is_unsettled_and_can_lead()
    {
        await using TestCluster cluster = await TestCluster.OfAsync(3, Stop);
        QueueInfo queue;
        await using (CatchUpClient client = await CatchUpClient.ConnectAsync(cluster[1], Stop))
        {
            queue = await client.DeclareAsync("orders");
            await client.PublishAsync("orders", Enumerable.Range(0, 200));
            await cluster.StopAsync(3);
            await client.PublishAsync("orders", Enumerable.Range(200, Messages - 200));
            List<int> came = await client.ConsumeAsync(queue, Messages, IsSettled);
            Assert.Equal(Messages, came.Distinct().Count());
            // Enough that snapshots are taken of what was settled, too.
            await client.PublishAsync("orders", Enumerable.Range(Messages, 1000));
        }

        await cluster.StartAsync(3, Stop);
        await cluster.LogOf(3).WaitFor(SnapshotInstalled, "Group 1", Stop);
        await cluster.WhenReadyAsync(3, Stop);

        // Behind the returned node by one message, node 2 can not win against it.
        await cluster.StopAsync(2);
        await using (CatchUpClient client = await CatchUpClient.ConnectAsync(cluster[3], Stop))
            await client.PublishAsync("orders", [Messages + 1000]);
        await cluster.StopAsync(1);
        await cluster.StartAsync(2, Stop);
        await cluster.WhenReadyAsync(2, Stop);

        await using (CatchUpClient client = await CatchUpClient.ConnectAsync(cluster[3], Stop))
        {
            int[] unsettled = [.. Enumerable.Range(0, Messages + 1001).Where(n => n >= Messages || !IsSettled(n))];
            List<int> came = await client.ConsumeAsync(queue, unsettled.Length, _ => true);
            Assert.Equal(unsettled, came.Order());
            Assert.Equal(new NodeId(3), cluster[3].LeaderOf(queue.Group));
            QueueStatus status = await client.StatusAsync(queue);
            Assert.Equal((0, 0), (status.Ready, status.Held));
        }
    }

    [Fact]
    public async Task Disk_use_follows_what_is_live()
    {
        await using TestCluster cluster = await TestCluster.OfAsync(1, Stop);
        await using CatchUpClient client = await CatchUpClient.ConnectAsync(cluster[1], Stop);
        QueueInfo queue = await client.DeclareAsync("orders");
        const int Round = 2560;
        long most = 0;
        for (int round = 0; round < 10; round++)
        {
            await client.PublishAsync("orders", Enumerable.Range(round * Round, Round));
            await client.ConsumeAsync(queue, Round, _ => true);
            most = Math.Max(most, cluster[1].DiskBytes);
        }

        // 100 MiB went through; a segment is 16 MiB, the log between two snapshots 2 MiB.
        Assert.InRange(most, 0, 64L << 20);
    }
}
