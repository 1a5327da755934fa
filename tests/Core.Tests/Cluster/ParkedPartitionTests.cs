using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Tests.Storage;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>Parked messages of topics with partitions: their offsets are given when they appear
/// (docs/decisions/0009).</summary>
public sealed class ParkedPartitionTests
{
    [Fact]
    public async Task A_delayed_publish_appears_in_its_partition_when_it_is_due()
    {
        using var directory = new TemporaryDirectory();
        await using TestNode node = await TestNode.StartAsync(directory);
        await using TestClient client = node.Connect();
        TopicInfo topic = await client.DeclareTopicAsync("shop");
        IReadOnlyList<PartitionInfo> partitions = await client.GrowAsync(topic, group: 2, count: 3);
        QueueId wanted = partitions[1].Id;
        Publication publication = Message(client, topic) with { Partition = wanted, TagHash = 7 };

        PublishOutcome parked = await client.PublishAsync(publication with { DelayMs = 300 });
        Assert.Equal((Reply.Ok, -1), (parked.Reply, parked.Sequence));
        PublishOutcome direct = await client.PublishAsync(publication);
        Assert.Equal(0, direct.Sequence);
        PartitionMessage message = Assert.Single((await client.ReadAsync(wanted, 1, waitMs: 30_000)).Messages);
        Assert.Equal((1, 7), (message.Offset, message.TagHash));
        Assert.True(message.Position > direct.Position || Positions.GroupOf(parked.Position).Value == 1);
        Assert.True(message.StoredMs >= message.Message.PublishedMs);
        Assert.Null(message.Message.Overlay);
    }

    [Fact]
    public async Task A_prepared_message_takes_its_offset_when_it_is_shown()
    {
        using var directory = new TemporaryDirectory();
        await using TestNode node = await TestNode.StartAsync(directory);
        await using TestClient client = node.Connect();
        TopicInfo topic = await client.DeclareTopicAsync("shop");
        QueueId partition = (await client.GrowAsync(topic, group: 1, count: 1))[0].Id;
        Publication publication = Message(client, topic);

        PublishOutcome parked = await client.PublishAsync(
            publication with { Park = new Parking("owner", null, new GroupId(2)) });
        Assert.Equal(new GroupId(2), Positions.GroupOf(parked.Position));
        await client.PublishAsync(publication);
        Assert.Equal(Reply.Ok, await client.Connection.Parked.ShowAsync(parked.Position, "owner", default));
        PartitionMessage message = Assert.Single((await client.ReadAsync(partition, 1, waitMs: 30_000)).Messages);
        Assert.Equal(1, message.Offset);
        Assert.Equal(new GroupId(1), Positions.GroupOf(message.Position));
    }

    private static Publication Message(TestClient client, TopicInfo topic) =>
        client.Message("key", "body") with { Topic = topic };
}
