using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Tests.Storage;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>One node, whole, without peers.</summary>
public sealed class BrokerNodeTests : IAsyncLifetime, IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private TestNode _node = null!;
    private TestClient _client = null!;

    public async Task InitializeAsync()
    {
        _node = await TestNode.StartAsync(_directory);
        _client = _node.Connect();
    }

    public async Task DisposeAsync()
    {
        await _client.DisposeAsync();
        await _node.DisposeAsync();
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task What_is_published_is_delivered_in_order_and_settled_once()
    {
        QueueInfo queue = await _client.DeclareAsync("q");
        await _client.AttachAsync(queue);
        await _client.PublishedAsync("q", "a", "b", "c");

        foreach (string body in (string[])["a", "b", "c"])
        {
            Delivery delivery = await _client.Sink.DeliveredAsync();
            Assert.Equal((body, false), (TestClient.BodyOf(delivery), delivery.Redelivered));
            _client.Settle(delivery);
        }

        QueueStatus status = await _client.StatusAsync(queue);
        Assert.Equal((0, 0, 1), (status.Ready, status.Held, status.Consumers));
    }

    [Fact]
    public async Task Properties_and_keys_that_fit_no_command_are_refused_and_the_node_lives_on()
    {
        QueueInfo queue = await _client.DeclareAsync("q");
        Publication publication = new()
        {
            Topic = _client.Connection.FindTopic("")!,
            RoutingKey = "q",
            Format = PropertyFormat.Amqp,
            Properties = default,
            Body = new ReadOnlySequence<byte>([1]),
        };
        byte[] properties = new byte[5 * 1024 * 1024];
        string[] keys = [.. Enumerable.Repeat(new string('\u20ac', 255), 6_000)];

        Assert.Equal(PublishAdmission.TooLarge, Offer(publication with { Properties = properties }));
        Assert.Equal(PublishAdmission.TooLarge, Offer(publication with { MoreKeys = keys }));
        Assert.Equal(PublishAdmission.TooLarge, Offer(publication with { HiddenKeys = keys, DelayMs = 1 }));
        var parked = new Parking("", 1_000, null);
        Assert.Equal(PublishAdmission.TooLarge, Offer(publication with { Properties = properties, Park = parked }));
        (Reply opened, _) = await _client.Connection.Sessions.OpenAsync(
            new SessionOpening("s", Clean: true, 0, publication with { Properties = properties }, WillDelayMs: 0),
            CancellationToken.None);
        Assert.Equal(Reply.TooLarge, opened);
        (Reply declared, _) = await _client.Connection.DeclareQueueAsync(
            new QueueDeclaration("huge", true, false, false, new QueueSettings(), properties), CancellationToken.None);
        Assert.Equal(Reply.LimitReached, declared);

        await _client.PublishedAsync("q", "a");
        Assert.Equal("a", TestClient.BodyOf(await _client.GetAsync(queue)));

        PublishAdmission Offer(in Publication one) => _client.Connection.Publish(one, 1_000);
    }

    [Fact]
    public async Task A_get_holds_until_settled_and_with_auto_settle_it_does_not()
    {
        QueueInfo queue = await _client.DeclareAsync("q");
        await _client.PublishedAsync("q", "a", "b");

        Delivery? held = await _client.GetAsync(queue);
        Assert.Equal("b", TestClient.BodyOf(await _client.GetAsync(queue, autoSettle: true)));
        Assert.Null(await _client.GetAsync(queue));

        _client.Settle(held!, SettleOutcome.Returned);
        Delivery? again = await _client.GetAsync(queue);
        Assert.Equal(("a", true), (TestClient.BodyOf(again), again!.Redelivered));

        // The leader's own settle went into the log before this one.
        _client.Settle(again);
        QueueStatus status = await _client.StatusAsync(queue);
        Assert.Equal((0, 0), (status.Ready, status.Held));
    }

    [Fact]
    public async Task A_receive_waits_for_a_message_and_its_receipt_settles()
    {
        QueueInfo queue = await _client.DeclareAsync("q");
        ValueTask<(Reply Reply, IReadOnlyList<Delivery> Deliveries)> receiving =
            _client.Connection.ReceiveAsync(queue.Id, 1, 30_000, CancellationToken.None);
        await using TestClient other = _node.Connect();
        await other.PublishedAsync("q", "a");

        (_, IReadOnlyList<Delivery> got) = await receiving;
        (Reply reply, IReadOnlyList<Reply> each) = await _client.Connection.SettleReceiptsAsync(
            queue.Id, [got[0].Receipt, 12345], CancellationToken.None);

        Assert.Equal("a", TestClient.BodyOf(got[0]));
        Assert.Equal((Reply.Ok, Reply.Ok, Reply.CheckOutExpired), (reply, each[0], each[1]));
    }

    [Fact]
    public async Task A_receive_that_is_given_up_takes_nothing()
    {
        QueueInfo queue = await _client.DeclareAsync("q");
        using var gone = new CancellationTokenSource();
        ValueTask<(Reply, IReadOnlyList<Delivery>)> receiving =
            _client.Connection.ReceiveAsync(queue.Id, 1, 30_000, gone.Token);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await receiving);
        await _client.PublishedAsync("q", "a");

        Assert.Equal("a", TestClient.BodyOf(await _client.GetAsync(queue)));
    }

    [Fact]
    public async Task A_connection_that_ends_gives_back_what_it_holds_by_consumers_and_by_gets()
    {
        QueueInfo queue = await _client.DeclareAsync("q");
        await _client.PublishedAsync("q", "a", "b", "c");
        await using (TestClient other = _node.Connect())
        {
            await other.GetAsync(queue);
            int consumer = await other.AttachAsync(queue, credit: 1);
            await other.Sink.DeliveredAsync();
            await other.Connection.DetachAsync(consumer, CancellationToken.None);
            Assert.Equal(2, (await _client.StatusAsync(queue)).Held);
        }

        QueueStatus status = await _client.StatusAsync(queue);
        Assert.Equal((3, 0, 0), (status.Ready, status.Held, status.Consumers));
    }

    [Fact]
    public async Task An_attach_that_is_given_up_leaves_no_consumer_behind()
    {
        QueueInfo queue = await _client.DeclareAsync("q");
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await _client.Connection.AttachAsync(
            queue.Id, 1, new ConsumerOptions(0, false, false, 10), gone.Token));

        await _client.PublishedAsync("q", "a");
        Assert.Equal("a", TestClient.BodyOf(await _client.GetAsync(queue)));
        Assert.Equal(0, (await _client.StatusAsync(queue)).Consumers);
        Assert.Equal(0, _client.Sink.DeliveredCount);
        await _client.Connection.AttachAsync(
            queue.Id, 1, new ConsumerOptions(0, false, false, 10), CancellationToken.None);
    }

    [Fact]
    public async Task A_connection_that_has_ended_attaches_nobody()
    {
        QueueInfo queue = await _client.DeclareAsync("q");
        TestClient other = _node.Connect();
        await other.DisposeAsync();

        Reply reply = await other.Connection.AttachAsync(
            queue.Id, 1, new ConsumerOptions(0, false, false, 10), CancellationToken.None);

        Assert.Equal(Reply.Unavailable, reply);
        Assert.Equal(0, (await _client.StatusAsync(queue)).Consumers);
    }

    [Fact]
    public async Task A_dead_letter_goes_to_a_queue_of_another_group()
    {
        (QueueInfo source, QueueInfo target) = await DeadLetterPairAsync();
        await _client.PublishedAsync(source.Name, "a");
        await _client.AttachAsync(target);
        _client.Settle((await _client.GetAsync(source))!, SettleOutcome.Rejected);

        Delivery dead = await _client.Sink.DeliveredAsync();

        Assert.Equal(("a", DeathReason.Rejected), (TestClient.BodyOf(dead), dead.Message.Overlay!.Deaths[0].Reason));
    }

    [Fact]
    public async Task A_large_dead_letter_goes_to_a_queue_of_another_group()
    {
        (QueueInfo source, QueueInfo target) = await DeadLetterPairAsync();
        byte[] body = Body(9 * 1024 * 1024);
        await _client.Sink.PublishedAsync(_client.Publish("", source.Name, new ReadOnlySequence<byte>(body)));
        await _client.AttachAsync(target);
        _client.Settle((await _client.GetAsync(source))!, SettleOutcome.Rejected);

        Delivery dead = await _client.Sink.DeliveredAsync();

        Assert.True(dead.Message.Body.ToArray().AsSpan().SequenceEqual(body));
        Assert.True(_node.Node.IsLive);
    }

    [Fact]
    public async Task The_largest_message_comes_back_as_it_went()
    {
        QueueInfo queue = await _client.DeclareAsync("q");
        byte[] body = Body(_node.Node.Limits.MaxMessageBytes);
        ulong tag = _client.Publish("", "q", new ReadOnlySequence<byte>(body));
        Assert.Equal(Reply.Ok, (await _client.Sink.PublishedAsync(tag)).Reply);

        Delivery? got = await _client.GetAsync(queue);

        Assert.True(got!.Message.Body.ToArray().AsSpan().SequenceEqual(body));
    }

    [Fact]
    public async Task A_publish_to_queues_of_two_groups_and_a_local_one_has_one_outcome()
    {
        (QueueInfo first, QueueInfo second) = await _client.DeclareInTwoGroupsAsync();
        QueueInfo local = await _client.DeclareAsync("local", durable: false);
        TopicInfo fanout = _client.Connection.FindTopic("amq.fanout")!;
        foreach (QueueInfo queue in (QueueInfo[])[first, second, local])
            Assert.Equal(Reply.Ok, await _client.Connection.BindAsync(
                new BindingInfo(fanout.Id, queue.Id, null, "", null, default), CancellationToken.None));

        ulong tag = _client.Publish("amq.fanout", "", "a");
        Assert.Equal(Reply.Ok, (await _client.Sink.PublishedAsync(tag)).Reply);

        foreach (QueueInfo queue in (QueueInfo[])[first, second, local])
            Assert.Equal("a", TestClient.BodyOf(await _client.GetAsync(queue)));
    }

    [Fact]
    public async Task An_exclusive_queue_goes_with_its_connection_and_its_name_is_free()
    {
        TestClient other = _node.Connect();
        QueueInfo queue = await other.DeclareAsync("mine", durable: false, exclusive: true);
        Assert.True(queue.Group.IsLocal);
        await other.PublishedAsync("mine", "a");
        await other.DisposeAsync();

        Assert.Null(_client.Connection.FindQueue("mine"));
        Assert.NotEqual(queue.Id, (await _client.DeclareAsync("mine", durable: false)).Id);
    }

    [Fact]
    public async Task Purge_drops_what_is_ready_and_not_what_is_held()
    {
        QueueInfo queue = await _client.DeclareAsync("q");
        await _client.PublishedAsync("q", "a", "b", "c");
        Delivery? held = await _client.GetAsync(queue);

        Assert.Equal((Reply.Ok, 2), await _client.Connection.PurgeAsync(queue.Id, CancellationToken.None));

        _client.Settle(held!, SettleOutcome.Returned);
        Assert.Equal(1, (await _client.StatusAsync(queue)).Ready);
    }

    [Fact]
    public async Task Deleting_a_queue_cancels_its_consumers_and_counts_what_was_ready()
    {
        QueueInfo queue = await _client.DeclareAsync("q");
        await using TestClient other = _node.Connect();
        int consumer = await other.AttachAsync(queue, credit: 1);
        await _client.PublishedAsync("q", "a", "b", "c");
        await other.Sink.DeliveredAsync();

        Assert.Equal((Reply.InUse, 0), await DeleteAsync(queue, ifUnused: true));
        Assert.Equal((Reply.NotEmpty, 0), await DeleteAsync(queue, ifEmpty: true));
        Assert.Equal((Reply.Ok, 2), await DeleteAsync(queue));

        Assert.Equal(consumer, await other.Sink.CancelledAsync());
        Assert.Null(_client.Connection.FindQueue("q"));
        Assert.Equal((Reply.Ok, 0), await DeleteAsync(queue));
    }

    [Fact]
    public async Task A_rewind_brings_settled_messages_back()
    {
        QueueInfo queue = await _client.DeclareAsync("q", new QueueSettings { RewindMs = 3_600_000 });
        await _client.PublishedAsync("q", "a");
        _client.Settle((await _client.GetAsync(queue))!);
        Assert.Equal((0, 1), Figures(await _client.StatusAsync(queue)));

        Assert.Equal(Reply.Ok, await _client.Connection.RewindAsync(queue.Id, 0, CancellationToken.None));

        Assert.Equal("a", TestClient.BodyOf(await _client.GetAsync(queue)));

        static (long, long) Figures(QueueStatus status) => (status.Ready, status.Rewindable);
    }

    [Fact]
    public async Task Messages_and_queues_are_there_after_a_restart_and_what_was_bound_to_the_node_is_not()
    {
        QueueInfo queue = await _client.DeclareAsync("q");
        await _client.DeclareAsync("local", durable: false);
        await _client.PublishedAsync("q", "a", "b", "c");
        _client.Settle((await _client.GetAsync(queue))!);
        await _client.GetAsync(queue);
        await _client.StatusAsync(queue);

        await _client.DisposeAsync();
        await _node.DisposeAsync();
        _node = await TestNode.StartAsync(_directory);
        _client = _node.Connect();

        Assert.Null(_client.Connection.FindQueue("local"));
        QueueInfo again = _client.Connection.FindQueue("q")!;
        Assert.Equal(queue.Id, again.Id);
        Assert.Equal("b", TestClient.BodyOf(await _client.GetAsync(again)));
        Assert.Equal("c", TestClient.BodyOf(await _client.GetAsync(again)));
        Assert.Null(await _client.GetAsync(again));
    }

    [Fact]
    public async Task A_node_that_stops_tells_its_clients_and_takes_no_more()
    {
        await _node.DisposeAsync();

        Assert.Equal("shutdown", await _client.Sink.Closing);
        Assert.False(_node.Node.IsReady);
        Assert.True(_node.Node.IsLive);
        Assert.Equal("shutdown", await _node.Connect().Sink.Closing);
    }

    private async Task<(QueueInfo Source, QueueInfo Target)> DeadLetterPairAsync()
    {
        (QueueInfo first, QueueInfo target) = await _client.DeclareInTwoGroupsAsync();
        var settings = new QueueSettings { DeadLetter = new DeadLetterTarget("", target.Name) };
        Assert.Equal(Reply.Ok, await _client.Connection.ChangeQueueAsync(first.Id, settings, CancellationToken.None));
        return (first, target);
    }

    private async Task<(Reply, long)> DeleteAsync(QueueInfo queue, bool ifUnused = false, bool ifEmpty = false) =>
        await _client.Connection.DeleteQueueAsync(queue.Id, ifUnused, ifEmpty, CancellationToken.None);

    private static byte[] Body(int bytes)
    {
        byte[] body = new byte[bytes];
        new Random(1).NextBytes(body);
        return body;
    }
}
