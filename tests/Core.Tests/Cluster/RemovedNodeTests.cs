using Cmq.MultiProtocol.Core.Cluster;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>A node that was removed (decision 0013) and still runs.</summary>
public sealed class RemovedNodeTests
{
    /// <summary>An hour: no answer comes late enough to pass for one that was not waited for.</summary>
    private const int PublishTimeoutMs = 3_600_000;

    [Fact]
    public async Task Who_waits_there_for_an_answer_of_the_cluster_waits_no_longer()
    {
        var removed = new NodeId(3);
        await using TestCluster cluster = await TestCluster.StartAsync(
            options => options with { PublishTimeoutMs = PublishTimeoutMs });
        await using TestClient client = cluster[2].Connect();
        await client.AttachAsync(await client.DeclareAsync("q"));

        Assert.Equal(Reply.Ok, await cluster[0].Node.RemoveNodeAsync(removed, CancellationToken.None));
        Assert.Equal("this node was removed from the cluster", await client.Sink.Closing);
        await TestNode.UntilAsync(() => cluster[0].Node.Status.Groups.All(group => !group.Members.Contains(removed)));

        await client.DisposeAsync().AsTask().WaitAsync(TestNode.Patience);
    }

    [Fact]
    public async Task It_stops_without_waiting_for_anybody()
    {
        var removed = new NodeId(3);
        var time = new StoppableTime();
        await using TestCluster cluster = await TestCluster.StartAsync(time: time);
        Assert.Equal(Reply.Ok, await cluster[0].Node.RemoveNodeAsync(removed, CancellationToken.None));
        await TestNode.UntilAsync(() => cluster[2].Node.Life!.IsEnded);
        await TestNode.UntilAsync(() => cluster[2].Node.Hosts.All(host => host.Leader.Value == 0));

        // From here on no wait ends by itself; and whether the others have cut it off by now is not to matter.
        time.Stop();
        IPeerHandler stopping = cluster[2].Node;
        stopping.PeerConnected(HelloOf(cluster[0].Node));
        await cluster.StopAsync(2).WaitAsync(TestNode.Patience);
    }

    private static PeerHello HelloOf(IPeerHandler node) => node.Hello;

    /// <summary>The system's time, until it stands still.</summary>
    private sealed class StoppableTime : TimeProvider
    {
        private volatile bool _isStopped;

        public void Stop() => _isStopped = true;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, _isStopped ? Timeout.InfiniteTimeSpan : dueTime, period);
    }
}
