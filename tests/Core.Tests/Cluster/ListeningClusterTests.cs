using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>Filters in memory, on three nodes.</summary>
public sealed class ListeningClusterTests : IAsyncLifetime
{
    private const string Topic = "amq.topic";

    private TestCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await TestCluster.StartAsync();

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Who_gave_up_listening_does_not_hear_unless_it_listened_before()
    {
        await using TestClient client = _cluster[0].Connect();
        ISubscriptions subscriptions = client.Connection.Subscriptions;
        TopicId topic = client.Connection.FindTopic(Topic)!.Id;
        async Task GiveUpAsync(string pattern, bool transientOnly) =>
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await subscriptions.SubscribeAsync(
                topic, pattern, new SubscriptionOptions(null, transientOnly), new CancellationToken(true)));

        await GiveUpAsync("new", transientOnly: false);
        Assert.Equal(PublishAdmission.Unroutable, client.Offer(Topic, "new", "1"));

        await client.ListenAsync(Topic, "known");
        await GiveUpAsync("known", transientOnly: true);
        Assert.Equal(PublishAdmission.Served, client.Offer(Topic, "known", "2"));
        Assert.Equal("2", await client.HearAsync());
    }

    [Fact]
    public async Task What_is_published_on_any_node_right_after_the_answer_is_heard_in_order()
    {
        for (int i = 0; i < 30; i++)
        {
            await using TestClient listener = _cluster[i % 3].Connect();
            await using TestClient publisher = _cluster[(i + 1) % 3].Connect();
            await listener.ListenAsync(Topic, $"k{i}.*");
            await listener.ListenAsync(Topic, $"k{i}.#");

            Assert.Equal(PublishAdmission.Served, publisher.Offer(Topic, $"k{i}.a", "1"));
            Assert.Equal(PublishAdmission.Served, publisher.Offer(Topic, $"k{i}.a", "2", hiddenKeys: ["x"]));
            Assert.Equal(PublishAdmission.Served, publisher.Offer(Topic, "x", "3", hiddenKeys: [$"k{i}.b"]));

            foreach (string body in (string[])["1", "2", "3"])
                Assert.Equal(body, await listener.HearAsync());
            Assert.Equal(0, listener.Sink.HeardCount);
        }
    }

    [Fact]
    public async Task A_node_is_told_of_the_first_and_the_last_of_a_filter()
    {
        await using TestClient first = _cluster[0].Connect();
        await using TestClient second = _cluster[0].Connect();
        await using TestClient publisher = _cluster[1].Connect();
        await first.ListenAsync(Topic, "a", transientOnly: true);
        await second.ListenAsync(Topic, "a");
        Assert.Equal(PublishAdmission.Served, publisher.Offer(Topic, "a", "1", persistent: true));
        Assert.Equal("1", await second.HearAsync());

        await second.DisposeAsync();
        await KnownAsync(first);

        Assert.Equal(PublishAdmission.Unroutable, publisher.Offer(Topic, "a", "2", persistent: true));
        Assert.Equal(PublishAdmission.Served, publisher.Offer(Topic, "a", "3"));
        Assert.Equal("3", await first.HearAsync());
        await first.Connection.Subscriptions.UnsubscribeAsync(first.Connection.FindTopic(Topic)!.Id, "a", null);
        await KnownAsync(first);
        Assert.Equal(PublishAdmission.Unroutable, publisher.Offer(Topic, "a", "4"));
    }

    [Fact]
    public async Task Of_a_share_group_over_all_nodes_one_hears_each_message_and_all_hear_about_as_many()
    {
        List<TestClient> members = [];
        foreach (int node in (int[])[0, 0, 1, 2])
            members.Add(_cluster[node].Connect());
        foreach (TestClient member in members)
            await member.ListenAsync(Topic, "a.#", "g");
        await using TestClient publisher = _cluster[1].Connect();

        for (int i = 0; i < 400; i++)
            Assert.Equal(PublishAdmission.Served, publisher.Offer(Topic, "a.b", $"{i}"));

        HashSet<string> all = [];
        foreach (TestClient member in members)
        {
            for (int i = 0; i < 100; i++)
            {
                (StoredMessage message, string? share, string? pattern) = await member.Sink.HeardAsync();
                Assert.Equal(("g", "a.#"), (share, pattern));
                Assert.True(all.Add(System.Text.Encoding.UTF8.GetString(message.Body.ToArray())));
            }

            await member.DisposeAsync();
        }

        Assert.Equal(400, all.Count);
    }

    [Fact]
    public async Task A_node_that_went_is_neither_waited_for_nor_sent_anything_and_has_all_filters_when_it_is_back()
    {
        await using TestClient listener = _cluster[0].Connect();
        TestClient leaving = _cluster[2].Connect();
        await leaving.ListenAsync(Topic, "gone");
        await listener.ListenAsync(Topic, "before");
        await using TestClient publisher = _cluster[1].Connect();
        Assert.Equal(PublishAdmission.Served, publisher.Offer(Topic, "gone", "x"));

        await _cluster.StopAsync(2);
        for (int i = 0; i < 2_000; i++)
            await listener.ListenAsync(Topic, $"while-{i}.with-a-name-that-fills-more-than-one-batch.*");
        Assert.Equal(PublishAdmission.Unroutable, publisher.Offer(Topic, "gone", "x"));

        await _cluster.StartAsync(2);
        await _cluster[2].ReadyAsync();
        await using TestClient back = _cluster[2].Connect();
        Assert.Equal(PublishAdmission.Served, back.Offer(Topic, "before", "1"));
        Assert.Equal(
            PublishAdmission.Served,
            back.Offer(Topic, "while-1999.with-a-name-that-fills-more-than-one-batch.a", "2"));
        Assert.Equal(["1", "2"], [await listener.HearAsync(), await listener.HearAsync()]);
    }

    [Fact]
    public async Task A_message_larger_than_the_way_to_a_node_takes_at_once_is_heard_there()
    {
        await using TestClient listener = _cluster[0].Connect();
        await using TestClient publisher = _cluster[1].Connect();
        await listener.ListenAsync(Topic, "#");
        byte[] body = new byte[20 * 1024 * 1024];

        Assert.Equal(PublishAdmission.Served, publisher.Offer(Topic, "a", new ReadOnlySequence<byte>(body)));

        Assert.Equal(body.Length, (await listener.Sink.HeardAsync()).Message.Body.Length);
        Assert.Equal(0, _cluster[1].Node.ForwardsDropped);
    }

    [Fact]
    public async Task A_dead_letter_is_heard_on_every_node_once()
    {
        List<TestClient> listeners = [];
        for (int i = 0; i < 3; i++)
        {
            listeners.Add(_cluster[i].Connect());
            await listeners[i].ListenAsync(Topic, "dead");
        }

        QueueInfo queue = await listeners[0].DeclareAsync(
            "q", new QueueSettings { DeadLetter = new DeadLetterTarget(Topic, "dead") });
        await listeners[1].PublishedAsync("q", "x", "y");
        for (int i = 0; i < 2; i++)
            listeners[2].Settle((await listeners[2].GetAsync(queue))!, SettleOutcome.Rejected);

        foreach (TestClient listener in listeners)
        {
            Assert.Equal(["x", "y"], [await listener.HearAsync(), await listener.HearAsync()]);
            Assert.Equal(0, listener.Sink.HeardCount);
            await listener.DisposeAsync();
        }
    }

    /// <summary>Until all nodes know what changed before.</summary>
    private static Task KnownAsync(TestClient client) => client.ListenAsync(Topic, "known");
}
