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
}
