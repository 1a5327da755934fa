using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Tests.Storage;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>Filters in memory, on one node.</summary>
public sealed class ListeningTests : IAsyncLifetime, IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private TestNode _node = null!;
    private TestClient _listener = null!;
    private TestClient _publisher = null!;

    public async Task InitializeAsync()
    {
        _node = await TestNode.StartAsync(_directory, options => options with
        {
            Limits = new LimitOptions { MaxFiltersPerConnection = 4, MaxFilters = 6 },
        });
        _listener = _node.Connect();
        _publisher = _node.Connect();
    }

    public async Task DisposeAsync()
    {
        await _listener.DisposeAsync();
        await _publisher.DisposeAsync();
        await _node.DisposeAsync();
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task What_only_listeners_get_is_served_and_what_nobody_gets_is_unroutable()
    {
        await _listener.ListenAsync("amq.topic", "a.*");

        Assert.Equal(PublishAdmission.Served, _publisher.Offer("amq.topic", "a.b", "x"));
        Assert.Equal(PublishAdmission.Unroutable, _publisher.Offer("amq.topic", "a.b.c", "y"));
        Assert.Equal(PublishAdmission.Unroutable, _publisher.Offer("amq.direct", "a.b", "z"));

        Assert.Equal("x", await _listener.HearAsync());
        Assert.Equal(0, _listener.Sink.HeardCount);
    }

    [Fact]
    public async Task A_queue_and_a_listener_both_get_what_matches_both()
    {
        QueueInfo queue = await _publisher.DeclareAsync("q");
        TopicInfo topic = _publisher.Connection.FindTopic("amq.topic")!;
        await BindAsync(new BindingInfo(topic.Id, queue.Id, null, "a.#", null, default));
        await _listener.ListenAsync("amq.topic", "#");

        ulong tag = _publisher.Publish("amq.topic", "a.b", "x");

        Assert.Equal(Reply.Ok, (await _publisher.Sink.PublishedAsync(tag)).Reply);
        Assert.Equal("x", await _listener.HearAsync());
        Assert.Equal("x", TestClient.BodyOf(await _publisher.GetAsync(queue)));
    }

    [Fact]
    public async Task What_a_topic_sends_to_another_is_heard_there_also_by_a_hidden_key()
    {
        TopicInfo fanout = _publisher.Connection.FindTopic("amq.fanout")!;
        TopicInfo topic = _publisher.Connection.FindTopic("amq.topic")!;
        await BindAsync(new BindingInfo(fanout.Id, null, topic.Id, "", null, default));
        await _listener.ListenAsync("amq.topic", "a");

        Assert.Equal(PublishAdmission.Served, _publisher.Offer("amq.fanout", "a", "x"));
        Assert.Equal(PublishAdmission.Served, _publisher.Offer("amq.fanout", "b", "y", hiddenKeys: ["a"]));

        Assert.Equal("x", await _listener.HearAsync());
        Assert.Equal("y", await _listener.HearAsync());
    }

    [Fact]
    public async Task A_filter_that_was_taken_back_and_one_of_a_connection_that_ended_are_not_heard_by()
    {
        TestClient other = _node.Connect();
        await other.ListenAsync("amq.topic", "a");
        await _listener.ListenAsync("amq.topic", "a");
        await _listener.Connection.Subscriptions.UnsubscribeAsync(
            _listener.Connection.FindTopic("amq.topic")!.Id, "a", null);
        await other.DisposeAsync();

        Assert.Equal(PublishAdmission.Unroutable, _publisher.Offer("amq.topic", "a", "x"));
        Assert.Equal(0, _node.Node.FilterCount);
        Assert.Equal(Reply.Unavailable, await SubscribeAsync(other, "a"));
    }

    [Fact]
    public async Task A_filter_changes_its_options_in_place()
    {
        await _listener.ListenAsync("amq.topic", "a", transientOnly: true);
        Assert.Equal(PublishAdmission.Unroutable, _publisher.Offer("amq.topic", "a", "x", persistent: true));
        Assert.Equal(PublishAdmission.Served, _publisher.Offer("amq.topic", "a", "y"));

        await _listener.ListenAsync("amq.topic", "a");

        Assert.Equal(PublishAdmission.Served, _publisher.Offer("amq.topic", "a", "z", persistent: true));
        Assert.Equal(["y", "z"], [await _listener.HearAsync(), await _listener.HearAsync()]);
        Assert.Equal(1, _node.Node.FilterCount);
    }

    [Fact]
    public async Task Filters_have_limits_per_connection_and_per_node_and_a_place_that_is_freed_can_be_taken()
    {
        for (int i = 0; i < 4; i++)
            Assert.Equal(Reply.Ok, await SubscribeAsync(_listener, $"k{i}"));
        Assert.Equal(Reply.LimitReached, await SubscribeAsync(_listener, "k4"));
        Assert.Equal(Reply.Ok, await SubscribeAsync(_listener, "k3"));
        for (int i = 0; i < 2; i++)
            Assert.Equal(Reply.Ok, await SubscribeAsync(_publisher, $"k{i}"));
        Assert.Equal(Reply.LimitReached, await SubscribeAsync(_publisher, "k2"));

        await _listener.DisposeAsync();

        Assert.Equal(Reply.Ok, await SubscribeAsync(_publisher, "k2"));
    }

    [Fact]
    public async Task What_cannot_be_listened_to_is_refused()
    {
        Assert.Equal(Reply.BadName, await SubscribeAsync(_listener, string.Join('.', new string[129])));
        Assert.Equal(Reply.NotAllowed, await SubscribeAsync(_listener, "q", topic: ""));
        Assert.Equal(
            Reply.TopicNotFound,
            await _listener.Connection.Subscriptions.SubscribeAsync(
                new TopicId(12345), "a", new SubscriptionOptions(null, TransientOnly: false), CancellationToken.None));
    }

    [Fact]
    public async Task A_dead_letter_is_heard_once_with_the_key_that_it_has_by_then()
    {
        QueueInfo queue = await _publisher.DeclareAsync(
            "q", new QueueSettings { DeadLetter = new DeadLetterTarget("amq.topic", "dead.letter") });
        await _listener.ListenAsync("amq.topic", "dead.*");
        await _publisher.PublishedAsync("q", "x", "y");
        for (int i = 0; i < 2; i++)
            _publisher.Settle((await _publisher.GetAsync(queue))!, SettleOutcome.Rejected);

        Overlay overlay = (await _listener.Sink.HeardAsync()).Message.Overlay!;
        Assert.Equal(("amq.topic", "dead.letter", "q"), (overlay.Topic, overlay.RoutingKey, overlay.Deaths[0].Queue));
        Assert.Equal("y", await _listener.HearAsync());
        Assert.Equal(0, _listener.Sink.HeardCount);
    }

    [Fact]
    public async Task A_parked_message_is_heard_when_it_is_shown()
    {
        await _listener.ListenAsync("amq.topic", "hidden");
        Assert.Equal(PublishAdmission.Accepted, _publisher.Connection.Publish(
            new Publication
            {
                Topic = _publisher.Connection.FindTopic("amq.topic")!,
                RoutingKey = "later",
                HiddenKeys = ["hidden"],
                Format = PropertyFormat.None,
                Properties = default,
                Body = new ReadOnlySequence<byte>("x"u8.ToArray()),
                Park = new Parking("owner", DelayMs: null, Group: null),
            },
            1));
        PublishOutcome parked = await _publisher.Sink.PublishedAsync(1);
        Assert.Equal((Reply.Ok, 0), (parked.Reply, _listener.Sink.HeardCount));

        Assert.Equal(
            Reply.Ok,
            await _publisher.Connection.Parked.ShowAsync(parked.Position, "owner", CancellationToken.None));

        Assert.Equal("x", await _listener.HearAsync());
    }

    private async Task BindAsync(BindingInfo binding) =>
        Assert.Equal(Reply.Ok, await _publisher.Connection.BindAsync(binding, CancellationToken.None));

    private static async Task<Reply> SubscribeAsync(TestClient client, string pattern, string topic = "amq.topic") =>
        await client.Connection.Subscriptions.SubscribeAsync(
            client.Connection.FindTopic(topic)!.Id,
            pattern,
            new SubscriptionOptions(null, TransientOnly: false),
            CancellationToken.None);
}
