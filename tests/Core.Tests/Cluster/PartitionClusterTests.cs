using Cmq.MultiProtocol.Core.Broker;
using Xunit;
using static Cmq.MultiProtocol.Core.Tests.Cluster.PartitionClient;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>Partitions of three nodes.</summary>
public sealed class PartitionClusterTests : IAsyncLifetime
{
    private TestCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await TestCluster.StartAsync();

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Every_node_grows_appends_and_reads_whoever_leads()
    {
        await using TestClient first = _cluster[0].Connect();
        TopicInfo topic = await first.DeclareTopicAsync("shop");
        QueueId partition = (await first.GrowAsync(topic, 1, 1))[0].Id;

        for (int node = 0; node < 3; node++)
        {
            await using TestClient client = _cluster[node].Connect();
            Assert.Equal(partition, Assert.Single(client.Connection.Partitions.List(topic.Id)).Id);
            PublishOutcome outcome = await client.AppendAsync(topic, $"{node}", tag: node, keys: "k");
            Assert.Equal((node, (1L << 45) + node), (outcome.Sequence, outcome.Position));
        }

        for (int node = 0; node < 3; node++)
        {
            await using TestClient client = _cluster[node].Connect();
            PartitionRead read = await client.ReadAsync(partition, 0);
            Assert.Equal(["0", "1", "2"], Bodies(read));
            Assert.Equal([0, 1, 2], read.Messages.Select(one => one.TagHash));
            Assert.Equal(["1"], Bodies(await client.ReadAsync(partition, 0, tags: [1])));
            (_, PartitionBounds bounds) =
                await client.Connection.Partitions.GetBoundsAsync(partition, CancellationToken.None);
            Assert.Equal((0, 3), (bounds.MinOffset, bounds.MaxOffset));
            (_, PartitionMessage? found) = await client.Connection.Partitions.FindByPositionAsync(
                read.Messages[1].Position, CancellationToken.None);
            Assert.Equal(1, found!.Offset);
        }
    }

    [Fact]
    public async Task A_read_that_waits_outlives_a_change_of_leader_and_offsets_go_on()
    {
        await using TestClient first = _cluster[0].Connect();
        TopicInfo topic = await first.DeclareTopicAsync("shop");
        QueueId partition = (await first.GrowAsync(topic, 1, 1))[0].Id;
        int leader = _cluster.LeaderOf(new GroupId(1));
        await using TestClient reader = _cluster[(leader + 1) % 3].Connect();
        await using TestClient publisher = _cluster[(leader + 2) % 3].Connect();
        PublishOutcome before = await publisher.AppendAsync(topic, "a");
        Assert.Equal(["a"], Bodies(await reader.ReadAsync(partition, 0, waitMs: 60_000)));
        Task<PartitionRead> waiting = reader.ReadAsync(partition, 1, waitMs: 60_000);

        await _cluster.StopAsync(leader);
        PublishOutcome after = await publisher.AppendAsync(topic, "b");

        Assert.Equal((1, before.Position + 1), (after.Sequence, after.Position));
        Assert.Equal(["b"], Bodies(await waiting));
        Assert.Equal(["a", "b"], Bodies(await publisher.ReadAsync(partition, 0)));
    }
}
