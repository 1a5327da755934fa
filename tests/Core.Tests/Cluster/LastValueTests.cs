using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Metadata;
using Cmq.MultiProtocol.Core.Tests.Storage;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>Last values on one node and on three.</summary>
public sealed class LastValueTests
{
    private const string Topic = "amq.topic";

    [Fact]
    public async Task A_last_value_is_one_more_target_and_makes_a_message_routable()
    {
        using var directory = new TemporaryDirectory();
        await using TestNode node = await TestNode.StartAsync(directory);
        await using TestClient client = node.Connect();
        await client.ListenAsync(Topic, "a");

        Assert.Equal(Reply.Ok, await client.RetainAsync(Topic, "a", "1"));

        Assert.Equal("1", await client.HearAsync());
        Assert.Equal(["1"], await client.RetainedAsync(Topic, "a"));
        Assert.Equal(["1"], await client.RetainedAsync(Topic, "#"));
        Assert.Empty(await client.RetainedAsync(Topic, "b"));
        Assert.Empty(await client.RetainedAsync("amq.fanout", "a"));
        Assert.Equal(Reply.Ok, await client.RetainAsync(Topic, "a", null));
        Assert.Empty(await client.RetainedAsync(Topic, "a"));
    }

    [Fact]
    public async Task Queues_in_all_groups_and_the_last_value_all_have_it_when_it_is_confirmed()
    {
        using var directory = new TemporaryDirectory();
        await using TestNode node = await TestNode.StartAsync(directory);
        await using TestClient client = node.Connect();
        (QueueInfo first, QueueInfo second) = await client.DeclareInTwoGroupsAsync();
        TopicInfo topic = client.Connection.FindTopic(Topic)!;
        foreach (QueueInfo queue in (QueueInfo[])[first, second])
        {
            Assert.Equal(Reply.Ok, await client.Connection.BindAsync(
                new BindingInfo(topic.Id, queue.Id, null, "#", null, default), CancellationToken.None));
        }

        Assert.Equal(Reply.Ok, await client.RetainAsync(Topic, "a", "1"));

        Assert.Equal("1", TestClient.BodyOf(await client.GetAsync(first)));
        Assert.Equal("1", TestClient.BodyOf(await client.GetAsync(second)));
        Assert.Equal(["1"], await client.RetainedAsync(Topic, "a"));
    }

    [Fact]
    public async Task Many_and_large_ones_come_in_parts_and_not_more_than_were_asked_for()
    {
        using var directory = new TemporaryDirectory();
        await using TestNode node = await TestNode.StartAsync(directory);
        await using TestClient client = node.Connect();
        string large = new('x', 300 * 1024);
        for (int i = 0; i < 20; i++)
            Assert.Equal(Reply.Ok, await client.RetainAsync(Topic, $"k.{i}", $"{large}{i}"));

        Assert.Equal(
            Enumerable.Range(0, 20).Select(i => $"{large}{i}").Order(StringComparer.Ordinal),
            (await client.RetainedAsync(Topic, "k.*")).Order(StringComparer.Ordinal));
        Assert.Equal(13, (await client.RetainedAsync(Topic, "k.*", most: 13)).Length);
    }

    [Fact]
    public async Task An_expired_one_is_not_read()
    {
        using var directory = new TemporaryDirectory();
        await using TestNode node = await TestNode.StartAsync(directory);
        await using TestClient client = node.Connect();
        Assert.Equal(Reply.Ok, await client.RetainAsync(Topic, "stays", "1", ttlMs: 3_600_000));
        Assert.Equal(Reply.Ok, await client.RetainAsync(Topic, "goes", "2", ttlMs: 1));

        await TestNode.UntilAsync(async () => (await client.RetainedAsync(Topic, "goes")).Length == 0);

        Assert.Equal(["1"], await client.RetainedAsync(Topic, "#"));
    }

    [Fact]
    public async Task A_will_becomes_the_last_value_or_ends_it_when_its_connection_is_lost()
    {
        using var directory = new TemporaryDirectory();
        await using TestNode node = await TestNode.StartAsync(directory);
        await using TestClient reader = node.Connect();
        // Two groups: the last values of so many keys are in the session's own and in the other.
        string[] keys = [.. Enumerable.Range(0, 8).Select(i => $"k.{i}")];
        DirectorySnapshot now = node.Node.Directory;
        TopicId topic = reader.Connection.FindTopic(Topic)!.Id;
        Assert.Equal(2, keys.Select(key => now.GroupOf(topic, key)).Distinct().Count());
        await reader.RetainAsync(Topic, "stays", "0");
        foreach (string key in keys)
            await DieAsync(node, key, key, LastValueChange.Put);
        await TestNode.UntilAsync(async () => (await reader.RetainedAsync(Topic, "k.*")).Length == keys.Length);
        Assert.Equal(keys, (await reader.RetainedAsync(Topic, "k.*")).Order(StringComparer.Ordinal));

        foreach (string key in keys)
            await DieAsync(node, key, "", LastValueChange.Clear);
        await TestNode.UntilAsync(async () => (await reader.RetainedAsync(Topic, "k.*")).Length == 0);
        Assert.Equal(["0"], await reader.RetainedAsync(Topic, "#"));
    }

    [Fact]
    public async Task They_are_there_after_a_restart_and_go_with_their_topic()
    {
        using var directory = new TemporaryDirectory();
        TopicId id;
        await using (TestNode node = await TestNode.StartAsync(
            directory, options => options with { SnapshotLogBytes = 1 }))
        await using (TestClient client = node.Connect())
        {
            (_, TopicInfo? declared) = await client.Connection.DeclareTopicAsync(
                new TopicDeclaration(
                    "t", TopicKind.Pattern, Durable: true, AutoDelete: false, Internal: false, default),
                CancellationToken.None);
            id = declared!.Id;
            for (int i = 0; i < 8; i++)
                Assert.Equal(Reply.Ok, await client.RetainAsync("t", $"{i}", $"{i}"));
        }

        await using TestNode again = await TestNode.StartAsync(directory);
        await using TestClient reader = again.Connect();
        Assert.Equal(
            ["0", "1", "2", "3", "4", "5", "6", "7"],
            (await reader.RetainedAsync("t", "*")).Order(StringComparer.Ordinal));

        Assert.Equal(Reply.Ok, await reader.Connection.DeleteTopicAsync(id, ifUnused: false, CancellationToken.None));

        await TestNode.UntilAsync(async () =>
            (await reader.Connection.LastValues.ReadAsync(id, "#", 100, CancellationToken.None)).Messages.Count == 0);
    }

    [Fact]
    public async Task What_one_node_was_confirmed_every_node_reads_and_a_new_leader_has_it()
    {
        await using TestCluster cluster = await TestCluster.StartAsync();
        await using TestClient first = cluster[0].Connect();
        await using TestClient second = cluster[1].Connect();
        for (int i = 0; i < 30; i++)
        {
            Assert.Equal(Reply.Ok, await first.RetainAsync(Topic, $"k.{i % 10}", $"{i}"));
            Assert.Equal([$"{i}"], await second.RetainedAsync(Topic, $"k.{i % 10}"));
            Assert.Contains($"{i}", await second.RetainedAsync(Topic, "k.#"));
        }

        await cluster.StopAsync(2);

        Assert.Equal(
            Enumerable.Range(20, 10).Select(i => $"{i}"),
            (await second.RetainedAsync(Topic, "k.*")).Order(StringComparer.Ordinal));
        Assert.Equal(Reply.Ok, await second.RetainAsync(Topic, "k.0", null));
        Assert.Equal(9, (await first.RetainedAsync(Topic, "k.*")).Length);
    }

    /// <summary>A connection has a will, and ends without a word.</summary>
    private static async Task DieAsync(TestNode node, string key, string body, LastValueChange change)
    {
        await using TestClient client = node.Connect();
        Publication will = client.Message(key, body) with
        {
            Topic = client.Connection.FindTopic(Topic)!,
            LastValue = change,
        };
        await client.OpenAsync("device", clean: true, expiryMs: 0, will: will);
    }
}
