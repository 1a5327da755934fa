using Cmq.MultiProtocol.Adapters.Http.State;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Http.Connection;

/// <summary>Shares one <see cref="IBrokerConnection"/>, which takes calls from one thread at a time, among
/// requests. The lock covers the calls, not the waiting for their answers.</summary>
/// <param name="broker">For messages of other protocols.</param>
/// <param name="connection">The connection.</param>
/// <param name="sink">Its sink.</param>
/// <param name="stopping">The listener stops: receives need not wait any longer.</param>
internal sealed class HttpSession(
    IBroker broker, IBrokerConnection connection, HttpSink sink, CancellationToken stopping)
    : IHttpSession, IAsyncDisposable
{
    private readonly Lock _gate = new();

    // Publishes wait for room in turn, and a batch goes in one piece. Taken before _gate.
    private readonly SemaphoreSlim _publishing = new(1, 1);
    private ulong _lastTag;

    public TopicInfo? DefaultTopic
    {
        get
        {
            lock (_gate)
                return connection.FindTopic("");
        }
    }

    /// <summary>The core has ended it: it serves nobody any more.</summary>
    public bool IsClosed => sink.Closed.IsCancellationRequested;

    public TopicInfo? FindTopic(string name)
    {
        lock (_gate)
            return connection.FindTopic(name);
    }

    public IReadOnlyList<TopicInfo> ListTopics()
    {
        lock (_gate)
            return connection.ListTopics();
    }

    public IReadOnlyList<BindingInfo> ListBindings(TopicId source)
    {
        lock (_gate)
            return connection.ListBindings(source);
    }

    public ValueTask<(Reply Reply, TopicInfo? Topic)> DeclareTopicAsync(
        TopicDeclaration topic, CancellationToken cancellation)
    {
        lock (_gate)
            return connection.DeclareTopicAsync(topic, cancellation);
    }

    public ValueTask<Reply> ChangeTopicAsync(
        TopicId topic, ReadOnlyMemory<byte> arguments, CancellationToken cancellation)
    {
        lock (_gate)
            return connection.ChangeTopicAsync(topic, arguments, cancellation);
    }

    public ValueTask<Reply> DeleteTopicAsync(TopicId topic, CancellationToken cancellation)
    {
        lock (_gate)
            return connection.DeleteTopicAsync(topic, ifUnused: true, cancellation);
    }

    public ValueTask<Reply> BindAsync(BindingInfo binding, CancellationToken cancellation)
    {
        lock (_gate)
            return connection.BindAsync(binding, cancellation);
    }

    public ValueTask<Reply> UnbindAsync(BindingInfo binding, CancellationToken cancellation)
    {
        lock (_gate)
            return connection.UnbindAsync(binding, cancellation);
    }

    public QueueInfo? FindQueue(string name)
    {
        lock (_gate)
            return connection.FindQueueIgnoringCase(name);
    }

    public IReadOnlyList<QueueInfo> ListQueues()
    {
        lock (_gate)
            return connection.ListQueues();
    }

    public ValueTask<(Reply Reply, QueueInfo? Queue)> DeclareQueueAsync(
        QueueDeclaration queue, CancellationToken cancellation)
    {
        lock (_gate)
            return connection.DeclareQueueAsync(queue, cancellation);
    }

    public ValueTask<Reply> ChangeQueueAsync(
        QueueId queue, QueueSettings settings, CancellationToken cancellation)
    {
        lock (_gate)
            return connection.ChangeQueueAsync(queue, settings, cancellation);
    }

    public async ValueTask<Reply> DeleteQueueAsync(QueueId queue, CancellationToken cancellation)
    {
        ValueTask<(Reply Reply, long Ready)> deleted;
        lock (_gate)
            deleted = connection.DeleteQueueAsync(queue, ifUnused: false, ifEmpty: false, cancellation);
        return (await deleted).Reply;
    }

    public async ValueTask<Reply> PurgeAsync(QueueId queue, CancellationToken cancellation)
    {
        ValueTask<(Reply Reply, long Purged)> purged;
        lock (_gate)
            purged = connection.PurgeAsync(queue, cancellation);
        return (await purged).Reply;
    }

    public ValueTask<Reply> RewindAsync(QueueId queue, long fromMs, CancellationToken cancellation)
    {
        lock (_gate)
            return connection.RewindAsync(queue, fromMs, cancellation);
    }

    public ValueTask<(Reply Reply, QueueStatus Status)> GetStatusAsync(
        QueueId queue, CancellationToken cancellation)
    {
        lock (_gate)
            return connection.GetStatusAsync(queue, touch: false, cancellation);
    }

    public async ValueTask<(Reply Reply, IReadOnlyList<Delivery> Deliveries)> ReceiveAsync(
        QueueId queue, int max, int waitMs, CancellationToken cancellation)
    {
        using var any = CancellationTokenSource.CreateLinkedTokenSource(cancellation, sink.Closed, stopping);
        try
        {
            ValueTask<(Reply Reply, IReadOnlyList<Delivery> Deliveries)> received;
            lock (_gate)
                received = connection.ReceiveAsync(queue, max, waitMs, any.Token);
            (Reply reply, IReadOnlyList<Delivery> deliveries) = await received;
            return (reply, [.. deliveries.Select(Meant)]);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (Reply.Unavailable, []);
        }
    }

    public ValueTask<(Reply Reply, IReadOnlyList<Reply> Each)> SettleReceiptsAsync(
        QueueId queue, IReadOnlyList<long> receipts, CancellationToken cancellation)
    {
        lock (_gate)
            return connection.SettleReceiptsAsync(queue, receipts, cancellation);
    }

    public async ValueTask<IReadOnlyList<PublishOutcome>> PublishAsync(
        IReadOnlyList<Publication> publications, CancellationToken cancellation)
    {
        var pending = new HttpPendingPublish(publications.Count);
        await _publishing.WaitAsync(cancellation);
        try
        {
            if (sink.IsBlocked)
                return [.. publications.Select(_ => new PublishOutcome(Reply.Unavailable, 0))];

            ValueTask room;
            lock (_gate)
                room = connection.WaitForRoomAsync(cancellation);
            await room;

            lock (_gate)
            {
                for (int place = 0; place < publications.Count; place++)
                    Publish(publications[place], pending, place);
            }
        }
        finally
        {
            _publishing.Release();
        }

        return await pending.Task.WaitAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        sink.Close();
        await connection.DisposeAsync();
    }

    /// <summary>With the body as its sender meant it, also where another protocol's client coded it.</summary>
    private Delivery Meant(Delivery delivery) => delivery.Message.Format is PropertyFormat.Http or PropertyFormat.None
        ? delivery
        : delivery with { Message = delivery.Message with { Body = broker.Content(delivery.Message).Body } };

    private void Publish(Publication publication, HttpPendingPublish pending, int place)
    {
        ulong tag = ++_lastTag;
        if (!sink.TryExpect(tag, pending, place))
        {
            pending.Set(place, new PublishOutcome(Reply.Unavailable, 0));
            return;
        }

        PublishAdmission admission = connection.Publish(publication, tag);
        if (admission != PublishAdmission.Accepted)
        {
            Reply reply = admission switch
            {
                PublishAdmission.Served => Reply.Ok,
                PublishAdmission.TooLarge => Reply.TooLarge,
                PublishAdmission.Full => Reply.Unavailable,
                _ => Reply.QueueNotFound,
            };
            sink.Published(tag, new PublishOutcome(reply, 0));
        }
    }
}
