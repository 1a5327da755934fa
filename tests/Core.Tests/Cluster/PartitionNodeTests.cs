using System.Buffers;
using System.Text;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Tests.Storage;
using Xunit;
using static Cmq.MultiProtocol.Core.Tests.Cluster.PartitionClient;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>Partitions of one whole node.</summary>
public sealed class PartitionNodeTests : IAsyncLifetime, IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private TestNode _node = null!;
    private TestClient _client = null!;

    public async Task InitializeAsync()
    {
        _node = await StartAsync();
        _client = _node.Connect();
    }

    public async Task DisposeAsync()
    {
        await _client.DisposeAsync();
        await _node.DisposeAsync();
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task What_is_appended_is_read_as_often_as_one_likes_and_bound_queues_get_it_too()
    {
        TopicInfo topic = await _client.DeclareTopicAsync("shop");
        QueueInfo queue = await _client.DeclareAsync("q");
        await _client.Connection.BindAsync(
            new BindingInfo(topic.Id, queue.Id, null, "#", null, default), CancellationToken.None);
        IReadOnlyList<PartitionInfo> partitions = await _client.GrowAsync(topic, queue.Group.Value, 1);

        PublishOutcome first = await _client.AppendAsync(topic, "a");
        PublishOutcome second = await _client.AppendAsync(topic, "b");

        Assert.Equal((0, 1), (first.Sequence, second.Sequence));
        Assert.Equal(first.Position + 1, second.Position);
        for (int i = 0; i < 2; i++)
        {
            PartitionRead read = await _client.ReadAsync(partitions[0].Id, 0);
            Assert.Equal(["a", "b"], Bodies(read));
            Assert.Equal((2, 0, 2), (read.NextOffset, read.MinOffset, read.MaxOffset));
            Assert.Equal([first.Position, second.Position], read.Messages.Select(one => one.Position));
        }

        Assert.Equal("a", TestClient.BodyOf(await _client.GetAsync(queue)));
    }

    [Fact]
    public async Task The_outcome_of_a_publish_to_several_groups_is_that_of_the_partition()
    {
        (QueueInfo one, QueueInfo two) = await _client.DeclareInTwoGroupsAsync();
        TopicInfo topic = await _client.DeclareTopicAsync("shop");
        foreach (QueueInfo queue in (QueueInfo[])[one, two])
        {
            await _client.Connection.BindAsync(
                new BindingInfo(topic.Id, queue.Id, null, "#", null, default), CancellationToken.None);
            await _client.AppendAsync(topic, "before");
        }

        PartitionInfo partition = (await _client.GrowAsync(topic, two.Group.Value, 1))[0];
        for (int i = 0; i < 10; i++)
        {
            PublishOutcome outcome = await _client.AppendAsync(topic, "a");
            Assert.Equal(((long)i, two.Group), (outcome.Sequence, Positions.GroupOf(outcome.Position)));
        }

        Assert.Equal(10, (await _client.ReadAsync(partition.Id, 0)).Messages.Count);
    }

    [Fact]
    public async Task Messages_without_a_key_are_dealt_out_to_the_partitions_of_all_groups()
    {
        TopicInfo topic = await _client.DeclareTopicAsync("shop");
        await _client.GrowAsync(topic, 1, 2);
        IReadOnlyList<PartitionInfo> partitions = await _client.GrowAsync(topic, 2, 2);

        for (int i = 0; i < 8; i++)
            await _client.AppendAsync(topic, $"{i}");

        foreach (PartitionInfo partition in partitions)
            Assert.Equal(2, (await _client.ReadAsync(partition.Id, 0)).Messages.Count);
    }

    [Fact]
    public async Task A_read_waits_until_something_is_there_that_it_wants()
    {
        TopicInfo topic = await _client.DeclareTopicAsync("shop");
        QueueId partition = (await _client.GrowAsync(topic, 1, 1))[0].Id;
        Task<PartitionRead> all = _client.ReadAsync(partition, 0, waitMs: 60_000);
        Task<PartitionRead> some = _client.ReadAsync(partition, 0, waitMs: 60_000, tags: [7]);

        await _client.AppendAsync(topic, "a", tag: 5);
        Assert.Equal(["a"], Bodies(await all));
        Assert.False(some.IsCompleted);

        await _client.AppendAsync(topic, "b", tag: 7);
        Assert.Equal(["b"], Bodies(await some));
        Assert.Equal(2, (await some).NextOffset);
    }

    [Fact]
    public async Task A_read_that_waited_in_vain_is_answered_empty_and_goes_on_behind_what_it_saw()
    {
        TopicInfo topic = await _client.DeclareTopicAsync("shop");
        QueueId partition = (await _client.GrowAsync(topic, 1, 1))[0].Id;
        await _client.AppendAsync(topic, "a", tag: 5);

        PartitionRead read = await _client.ReadAsync(partition, 0, waitMs: 200, tags: [7]);

        Assert.Empty(read.Messages);
        Assert.Equal(1, read.NextOffset);
    }

    [Fact]
    public async Task A_read_that_waits_is_told_when_its_partition_goes_and_can_be_given_up()
    {
        TopicInfo topic = await _client.DeclareTopicAsync("shop");
        QueueId partition = (await _client.GrowAsync(topic, 1, 1))[0].Id;
        var query = new PartitionQuery(0, 1, 1, null, 60_000);
        using var given = new CancellationTokenSource();
        Task<(Reply, PartitionRead?)> givenUp =
            _client.Connection.Partitions.ReadAsync(partition, query, given.Token).AsTask();
        Task<(Reply Reply, PartitionRead? Read)> waiting =
            _client.Connection.Partitions.ReadAsync(partition, query, CancellationToken.None).AsTask();

        await given.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => givenUp);
        await _client.Connection.DeleteTopicAsync(topic.Id, ifUnused: false, CancellationToken.None);

        Assert.Equal(Reply.QueueNotFound, (await waiting.WaitAsync(TestNode.Patience)).Reply);
        Assert.Empty(_client.Connection.Partitions.List(topic.Id));
        Assert.Equal(
            Reply.QueueNotFound,
            (await _client.Connection.Partitions.ReadAsync(partition, query, CancellationToken.None)).Reply);
    }

    [Fact]
    public async Task What_was_published_without_a_tag_is_found_by_its_routing_key()
    {
        TopicInfo topic = await _client.DeclareTopicAsync("shop");
        QueueId partition = (await _client.GrowAsync(topic, 1, 1))[0].Id;
        await _client.AppendAsync(topic, "a", tag: null);
        await _client.AppendAsync(topic, "b", tag: 0);

        PartitionRead read = await _client.ReadAsync(partition, 0, tags: [TagHash.Of("key")]);

        Assert.Equal(["a"], Bodies(read));
    }

    [Theory]
    [InlineData("red", "red")]
    [InlineData("car.red", "car.red")]
    // As MQTT writes car.red/new: to those who read tags a dot is a dot.
    [InlineData("car\u001Fred.new", "car.red.new")]
    public async Task What_comes_by_a_binding_between_topics_is_found_by_its_routing_key(string key, string tag)
    {
        TopicInfo shop = await _client.DeclareTopicAsync("shop");
        QueueId partition = (await _client.GrowAsync(shop, 1, 1))[0].Id;
        TopicInfo source = _client.Connection.FindTopic("amq.topic")!;
        Assert.Equal(Reply.Ok, await _client.Connection.BindAsync(
            new BindingInfo(source.Id, null, shop.Id, "#", null, default), CancellationToken.None));
        foreach (string one in (string[])[key, "other"])
        {
            PublishOutcome outcome = await _client.PublishAsync(
                _client.Message(one, one) with { Topic = source, Format = PropertyFormat.Amqp });
            Assert.Equal(Reply.Ok, outcome.Reply);
        }

        PartitionRead read = await _client.ReadAsync(partition, 0, tags: [TagHash.Of(tag)]);

        Assert.Equal([key], Bodies(read));
        Assert.Equal(2, read.NextOffset);
    }

    [Fact]
    public async Task A_delayed_message_gets_its_offset_when_it_appears()
    {
        TopicInfo topic = await _client.DeclareTopicAsync("shop");
        QueueId partition = (await _client.GrowAsync(topic, 1, 1))[0].Id;
        Task<PublishOutcome> delayed = _client.AppendAsync(topic, "later", tag: 3, delayMs: 500);
        PublishOutcome parked = await delayed;
        PublishOutcome direct = await _client.AppendAsync(topic, "now");
        Assert.Equal(0, direct.Sequence);

        PartitionRead read = await _client.ReadAsync(partition, 1, waitMs: 60_000, tags: [3]);

        Assert.Equal(["later"], Bodies(read));
        Assert.Equal(1, read.Messages[0].Offset);
        Assert.NotEqual(parked.Position, read.Messages[0].Position);
    }

    [Fact]
    public async Task Bounds_offsets_positions_and_keys_are_found()
    {
        TopicInfo topic = await _client.DeclareTopicAsync("shop");
        await _client.GrowAsync(topic, 1, 1);
        IReadOnlyList<PartitionInfo> partitions = await _client.GrowAsync(topic, 2, 1);
        QueueId second = partitions[1].Id;
        PublishOutcome red = await _client.AppendAsync(topic, "a", second, tag: 9, keys: "red #1");
        await _client.AppendAsync(topic, "b", second, keys: "blue #2");
        await _client.AppendAsync(topic, "c", partitions[0].Id, keys: "red #3");
        IPartitions at = _client.Connection.Partitions;

        (_, PartitionBounds bounds) = await at.GetBoundsAsync(second, CancellationToken.None);
        Assert.Equal((0, 2), (bounds.MinOffset, bounds.MaxOffset));
        Assert.InRange(bounds.EarliestMs, 1, bounds.LatestMs);
        Assert.Equal((Reply.Ok, 0), await at.FindOffsetAsync(second, bounds.EarliestMs, CancellationToken.None));
        Assert.Equal((Reply.Ok, 2), await at.FindOffsetAsync(second, bounds.LatestMs + 1, CancellationToken.None));

        (_, PartitionMessage? found) = await at.FindByPositionAsync(red.Position, CancellationToken.None);
        Assert.Equal((second, 0, 9), (found!.Partition, found.Offset, found.TagHash));
        Assert.Equal((Reply.Ok, null), await at.FindByPositionAsync(red.Position + 99, CancellationToken.None));
        Assert.Equal((Reply.Ok, null), await at.FindByPositionAsync(-1, CancellationToken.None));
        Assert.Equal((Reply.Ok, null), await at.FindByPositionAsync(200L << 45, CancellationToken.None));

        (_, IReadOnlyList<PartitionMessage> reds) =
            await at.FindByKeyAsync(topic.Id, "red", 0, long.MaxValue, 10, CancellationToken.None);
        Assert.Equal(["a", "c"], reds.Select(one => Encoding.UTF8.GetString(one.Message.Body.ToArray())).Order());
        (_, IReadOnlyList<PartitionMessage> byId) =
            await at.FindByKeyAsync(topic.Id, "2", 0, long.MaxValue, 10, CancellationToken.None);
        Assert.Equal(second, Assert.Single(byId).Partition);
    }

    [Fact]
    public async Task Messages_are_there_after_a_restart_and_no_offset_or_position_is_used_again()
    {
        TopicInfo topic = await _client.DeclareTopicAsync("shop");
        PartitionInfo partition = (await _client.GrowAsync(topic, 1, 1))[0];
        PublishOutcome before = default;
        for (int i = 0; i < 10; i++)
            before = await _client.AppendAsync(topic, $"{i}", tag: i);

        await _client.DisposeAsync();
        await _node.DisposeAsync();
        _node = await StartAsync();
        _client = _node.Connect();

        Assert.Equal([partition], _client.Connection.Partitions.List(topic.Id));
        PublishOutcome after = await _client.AppendAsync(topic, "10");
        Assert.Equal((10, before.Position + 1), (after.Sequence, after.Position));
        PartitionRead read = await _client.ReadAsync(partition.Id, 0);
        Assert.Equal(Enumerable.Range(0, 11).Select(i => $"{i}"), Bodies(read));
        Assert.Equal(Enumerable.Range(0, 10), read.Messages.Take(10).Select(one => one.TagHash));
    }

    [Fact]
    public async Task A_partition_takes_a_body_that_went_ahead_in_pieces()
    {
        TopicInfo topic = await _client.DeclareTopicAsync("shop");
        QueueId partition = (await _client.GrowAsync(topic, 1, 1))[0].Id;
        string body = new('x', 1_000_000);

        await _client.AppendAsync(topic, body);

        Assert.Equal([body], Bodies(await _client.ReadAsync(partition, 0)));
    }

    private Task<TestNode> StartAsync() =>
        TestNode.StartAsync(_directory, options => options with { PropertyReaders = [new WordReader()] });
}
