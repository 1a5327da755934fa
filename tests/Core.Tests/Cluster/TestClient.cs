using System.Buffers;
using System.Text;
using Cmq.MultiProtocol.Core.Broker;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>A connection as an adapter has it.</summary>
internal sealed class TestClient : IAsyncDisposable
{
    private ulong _lastTag;
    private int _lastConsumer;

    public TestClient(IBroker broker, string user = "guest", bool waitsForSpace = false)
    {
        NamespaceId ns = broker.FindNamespace("/") ?? throw new InvariantException("the namespace is not there");
        Connection = broker.Connect(new ConnectionOptions(new Anyone(user), ns, "test", "test", Sink)
        {
            WaitsForSpace = waitsForSpace,
        });
    }

    public RecordingSink Sink { get; } = new();

    public IBrokerConnection Connection { get; }

    public async Task<QueueInfo> DeclareAsync(
        string name, QueueSettings? settings = null, bool durable = true, bool exclusive = false)
    {
        (Reply reply, QueueInfo? queue) = await Connection.DeclareQueueAsync(
            new QueueDeclaration(
                name, durable, AutoDelete: false, exclusive, settings ?? new QueueSettings(), Arguments: default),
            CancellationToken.None);
        Assert.Contains(reply, (Reply[])[Reply.Ok, Reply.AlreadyExists]);
        return queue!;
    }

    /// <summary>Declares queues until each of two groups has one.</summary>
    public async Task<(QueueInfo First, QueueInfo Second)> DeclareInTwoGroupsAsync(QueueSettings? settings = null)
    {
        QueueInfo first = await DeclareAsync("q-0", settings);
        for (int i = 1; ; i++)
        {
            QueueInfo next = await DeclareAsync($"q-{i}");
            if (next.Group != first.Group)
                return (first, next);
        }
    }

    public ulong Publish(string topic, string key, ReadOnlySequence<byte> body)
    {
        Assert.Equal(PublishAdmission.Accepted, Offer(topic, key, body));
        return _lastTag;
    }

    /// <summary>Publishes, however it is admitted.</summary>
    public PublishAdmission Offer(
        string topic, string key, ReadOnlySequence<byte> body, bool persistent = false, string[]? hiddenKeys = null) =>
        Connection.Publish(
            new Publication
            {
                Topic = Connection.FindTopic(topic)!,
                RoutingKey = key,
                HiddenKeys = hiddenKeys,
                Format = PropertyFormat.None,
                Properties = default,
                Body = body,
                Persistent = persistent,
            },
            ++_lastTag);

    public PublishAdmission Offer(
        string topic, string key, string body, bool persistent = false, string[]? hiddenKeys = null) =>
        Offer(topic, key, new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(body)), persistent, hiddenKeys);

    public async Task ListenAsync(
        string topic, string pattern, string? shareGroup = null, bool transientOnly = false) =>
        Assert.Equal(Reply.Ok, await Connection.Subscriptions.SubscribeAsync(
            Connection.FindTopic(topic)!.Id,
            pattern,
            new SubscriptionOptions(shareGroup, transientOnly),
            CancellationToken.None));

    /// <summary>Puts a last value, or clears it (null), and waits for the outcome.</summary>
    public async Task<Reply> RetainAsync(string topic, string key, string? body, long? ttlMs = null)
    {
        ulong tag = ++_lastTag;
        PublishAdmission admission = Connection.Publish(
            new Publication
            {
                Topic = Connection.FindTopic(topic)!,
                RoutingKey = key,
                Format = PropertyFormat.None,
                Properties = default,
                Body = new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(body ?? "")),
                TtlMs = ttlMs,
                LastValue = body is null ? LastValueChange.Clear : LastValueChange.Put,
            },
            tag);
        Assert.Equal(PublishAdmission.Accepted, admission);
        return (await Sink.PublishedAsync(tag)).Reply;
    }

    /// <summary>Bodies of the last values whose keys match.</summary>
    public async Task<string[]> RetainedAsync(string topic, string pattern, int most = 1_000)
    {
        (Reply reply, IReadOnlyList<StoredMessage> messages) = await Connection.LastValues.ReadAsync(
            Connection.FindTopic(topic)!.Id, pattern, most, CancellationToken.None);
        Assert.Equal(Reply.Ok, reply);
        return [.. messages.Select(message => Encoding.UTF8.GetString(message.Body))];
    }

    /// <summary>The body of the next message that this client hears.</summary>
    public async Task<string> HearAsync() => Encoding.UTF8.GetString((await Sink.HeardAsync()).Message.Body);

    public ulong Publish(string topic, string key, string body) =>
        Publish(topic, key, new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(body)));

    public async Task PublishedAsync(string queue, params string[] bodies)
    {
        ulong[] tags = [.. bodies.Select(body => Publish("", queue, body))];
        foreach (ulong tag in tags)
            Assert.Equal(Reply.Ok, (await Sink.PublishedAsync(tag)).Reply);
    }

    /// <summary>What a publish to a queue by its name is.</summary>
    public Publication Message(string queue, string body) => new()
    {
        Topic = Connection.FindTopic("")!,
        RoutingKey = queue,
        Format = PropertyFormat.None,
        Properties = default,
        Body = new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(body)),
    };

    public async Task<PublishOutcome> PublishAsync(Publication publication)
    {
        ulong tag = ++_lastTag;
        Assert.Equal(PublishAdmission.Accepted, Connection.Publish(publication, tag));
        return await Sink.PublishedAsync(tag);
    }

    public async Task<ISession> OpenAsync(
        string name, bool clean = false, long? expiryMs = null, Publication? will = null, long willDelayMs = 0)
    {
        (Reply reply, ISession? session) = await Connection.Sessions.OpenAsync(
            new SessionOpening(name, clean, expiryMs, will, willDelayMs), CancellationToken.None);
        Assert.Equal(Reply.Ok, reply);
        return session!;
    }

    /// <summary>What opening a session is answered when it is not to succeed.</summary>
    public async Task<Reply> TryOpenAsync(string name, bool clean = false, long? expiryMs = null)
    {
        (Reply reply, ISession? session) = await Connection.Sessions.OpenAsync(
            new SessionOpening(name, clean, expiryMs, Will: null, WillDelayMs: 0), CancellationToken.None);
        Assert.Equal(reply == Reply.Ok, session is not null);
        return reply;
    }

    public async Task<int> AttachAsync(QueueInfo queue, int credit = 100, bool autoSettle = false, long epoch = 0)
    {
        int consumer = ++_lastConsumer;
        Assert.Equal(Reply.Ok, await Connection.AttachAsync(
            queue.Id,
            consumer,
            new ConsumerOptions(0, Exclusive: false, autoSettle, credit) { Epoch = epoch },
            CancellationToken.None));
        return consumer;
    }

    public async Task<Delivery?> GetAsync(QueueInfo queue, bool autoSettle = false)
    {
        (Reply reply, Delivery? delivery, _) =
            await Connection.GetAsync(queue.Id, autoSettle, CancellationToken.None);
        Assert.Equal(Reply.Ok, reply);
        return delivery;
    }

    public async Task<QueueStatus> StatusAsync(QueueInfo queue)
    {
        (Reply reply, QueueStatus status) =
            await Connection.GetStatusAsync(queue.Id, touch: false, CancellationToken.None);
        Assert.Equal(Reply.Ok, reply);
        return status;
    }

    public void Settle(Delivery delivery, SettleOutcome outcome = SettleOutcome.Done) =>
        Connection.Settle(delivery.Queue, [delivery.Sequence], outcome);

    public static string BodyOf(Delivery? delivery) =>
        delivery is null ? "none" : Encoding.UTF8.GetString(delivery.Message.Body);

    public ValueTask DisposeAsync() => Connection.DisposeAsync();

    private sealed class Anyone(string name) : Identity
    {
        public override string UserName => name;

        public override IReadOnlyList<string> Tags => [];

        public override bool MayEnter(NamespaceId ns) => true;

        public override bool May(Access access, NamespaceId ns, string name) => true;
    }
}
