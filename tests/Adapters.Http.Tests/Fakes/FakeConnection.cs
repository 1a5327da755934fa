using System.Buffers;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Http.Tests.Fakes;

/// <summary>Checks the contract that calls come from one thread at a time.</summary>
public sealed class FakeConnection(FakeBroker broker, IConnectionSink sink) : UnusedConnection
{
    private int _inside;

    public IConnectionSink Sink => sink;

    public bool Disposed { get; private set; }

    public override ConnectionKey Key => default;

    public override TopicInfo? FindTopic(string name) => Call(() =>
        name.Length == 0 ? FakeBroker.DefaultTopic : broker.Topics.Find(topic => topic.Name == name));

    public override IReadOnlyList<TopicInfo> ListTopics() => Call(() =>
        broker.Topics.OrderBy(topic => topic.Name, StringComparer.Ordinal).ToList());

    public override QueueInfo? FindQueue(string name) =>
        Call(() => broker.Queues.Find(q => q.Info.Name == name)?.Info);

    public override QueueInfo? FindQueueIgnoringCase(string name) => Call(() =>
        (broker.Queues.Find(q => q.Info.Name == name)
            ?? broker.Queues.Find(q => q.Info.Name.Equals(name, StringComparison.OrdinalIgnoreCase)))?.Info);

    public override IReadOnlyList<QueueInfo> ListQueues() => Call(() =>
        broker.Queues.Select(q => q.Info).OrderBy(q => q.Name, StringComparer.Ordinal).ToList());

    public override IReadOnlyList<BindingInfo> ListBindings(TopicId source) => Call(() =>
        broker.Bindings.Where(binding => binding.Source == source).ToList());

    public override ValueTask<(Reply Reply, TopicInfo? Topic)> DeclareTopicAsync(
        TopicDeclaration topic, CancellationToken cancellation) => Call(() =>
    {
        if (broker.Fault != Reply.Ok)
            return ValueTask.FromResult<(Reply, TopicInfo?)>((broker.Fault, null));
        if (broker.Topics.Find(one => one.Name == topic.Name) is { } present)
            return ValueTask.FromResult<(Reply, TopicInfo?)>((Reply.AlreadyExists, present));
        var made = new TopicInfo(
            new TopicId(500 + broker.Topics.Count), FakeBroker.Namespace, topic.Name, topic.Kind, topic.Durable,
            topic.AutoDelete, topic.Internal, System: false, topic.Arguments.ToArray());
        broker.Topics.Add(made);
        return ValueTask.FromResult<(Reply, TopicInfo?)>((Reply.Ok, made));
    });

    public override ValueTask<Reply> ChangeTopicAsync(
        TopicId topic, ReadOnlyMemory<byte> arguments, CancellationToken cancellation) => Call(() =>
    {
        int place = broker.Topics.FindIndex(one => one.Id == topic);
        broker.Topics[place] = broker.Topics[place] with { Arguments = arguments.ToArray() };
        return ValueTask.FromResult(broker.Fault);
    });

    public override ValueTask<Reply> DeleteTopicAsync(TopicId topic, bool ifUnused, CancellationToken cancellation) =>
        Call(() =>
        {
            if (ifUnused && broker.Bindings.Exists(binding => binding.Source == topic))
                return ValueTask.FromResult(Reply.InUse);
            broker.Topics.RemoveAll(one => one.Id == topic);
            return ValueTask.FromResult(Reply.Ok);
        });

    public override ValueTask<(Reply Reply, QueueInfo? Queue)> DeclareQueueAsync(
        QueueDeclaration queue, CancellationToken cancellation) => Call(() =>
    {
        if (broker.Fault != Reply.Ok)
            return ValueTask.FromResult<(Reply, QueueInfo?)>((broker.Fault, null));
        Assert.True(queue is { IgnoreCase: true, Durable: true, Exclusive: false, AutoDelete: false });
        FakeQueue? present =
            broker.Queues.Find(q => q.Info.Name.Equals(queue.Name, StringComparison.OrdinalIgnoreCase));
        (Reply, QueueInfo?) answer = present is null
            ? (Reply.Ok, broker.Add(queue.Name, queue.Settings).Info)
            : (Reply.AlreadyExists, present.Info);
        return ValueTask.FromResult(answer);
    });

    public override ValueTask<Reply> ChangeQueueAsync(
        QueueId queue, QueueSettings settings, CancellationToken cancellation) =>
        On(queue, found =>
        {
            found.Info = found.Info with { Settings = settings, ChangedMs = broker.Time.NowMs };
            return Reply.Ok;
        });

    public override ValueTask<(Reply Reply, long Ready)> DeleteQueueAsync(
        QueueId queue, bool ifUnused, bool ifEmpty, CancellationToken cancellation) => Call(() =>
    {
        Assert.False(ifUnused || ifEmpty);
        if (broker.Fault == Reply.Ok)
            broker.Queues.RemoveAll(q => q.Info.Id == queue);
        return ValueTask.FromResult((broker.Fault, 0L));
    });

    public override ValueTask<Reply> BindAsync(BindingInfo binding, CancellationToken cancellation) => Call(() =>
    {
        if (broker.Fault == Reply.Ok)
            broker.Bindings.Add(binding);
        return ValueTask.FromResult(broker.Fault);
    });

    public override ValueTask<Reply> UnbindAsync(BindingInfo binding, CancellationToken cancellation) => Call(() =>
    {
        broker.Bindings.RemoveAll(present =>
            present.Source == binding.Source && present.TargetQueue == binding.TargetQueue
            && present.Key == binding.Key && present.Arguments.Span.SequenceEqual(binding.Arguments.Span));
        return ValueTask.FromResult(broker.Fault);
    });

    public override ValueTask<(Reply Reply, QueueStatus Status)> GetStatusAsync(
        QueueId queue, bool touch, CancellationToken cancellation) => Call(() =>
    {
        if (broker.Fault != Reply.Ok || broker.Find(queue) is not { } found)
            return ValueTask.FromResult((broker.Fault, default(QueueStatus)));
        List<FakeMessage> live = [.. found.Messages.Where(m => !m.Settled)];
        return ValueTask.FromResult((Reply.Ok, new QueueStatus(
            live.Count(m => m.VisibleMs <= broker.Time.NowMs),
            live.Count(m => m.Held && m.VisibleMs > broker.Time.NowMs),
            live.Count(m => !m.Held && m.VisibleMs > broker.Time.NowMs),
            0,
            found.Messages.Count(m => m.Settled),
            0,
            live.Count == 0 ? 0 : live.Min(m => m.Stored.PublishedMs))));
    });

    public override ValueTask<(
        Reply Reply, long Purged)> PurgeAsync(QueueId queue, CancellationToken cancellation) => Call(() =>
    {
        int purged = broker.Find(queue)!.Messages.RemoveAll(m => m.VisibleMs <= broker.Time.NowMs);
        return ValueTask.FromResult((broker.Fault, (long)purged));
    });

    public override ValueTask<Reply> RewindAsync(QueueId queue, long fromMs, CancellationToken cancellation) =>
        On(queue, found =>
        {
            if (found.Info.Settings.RewindMs == 0)
                return Reply.RewindOff;
            foreach (
                FakeMessage message in found.Messages.Where(m => m.Settled && m.Stored.PublishedMs >= fromMs))
            {
                message.Settled = false;
                message.VisibleMs = broker.Time.NowMs;
            }

            return Reply.Ok;
        });

    public override PublishAdmission Publish(in Publication publication, ulong tag)
    {
        Publication message = publication;
        return Call(() =>
        {
            if (message.Body.Length > broker.Limits.MaxMessageBytes)
                return PublishAdmission.TooLarge;
            if (broker.Admission is { } forced)
                return forced;
            if (broker.Route(message) is not { } queue)
                return PublishAdmission.Unroutable;

            broker.Published.Add(message);
            Reply reply = broker.PublishReply?.Invoke(broker.Published.Count) ?? broker.Fault;
            long sequence = queue.Messages.Count;
            if (reply == Reply.Ok)
            {
                // Copied, as the contract says: the caller's buffers are its own again.
                var body = new ReadOnlySequence<byte>(message.Body.ToArray());
                queue.Messages.Add(new FakeMessage(
                    sequence,
                    new StoredMessage(
                        "", message.RoutingKey, [], message.Format, message.Properties.ToArray(), body,
                        broker.Time.NowMs, message.TtlMs, 0, true, null),
                    broker.Time.NowMs + message.DelayMs));
            }

            sink.Published(tag, new PublishOutcome(reply, sequence));
            broker.WakeWaits();
            return PublishAdmission.Accepted;
        });
    }

    public override ValueTask WaitForRoomAsync(CancellationToken cancellation) => ValueTask.CompletedTask;

    public override ValueTask<(Reply Reply, IReadOnlyList<Delivery> Deliveries)> ReceiveAsync(
        QueueId queue, int max, int waitMs, CancellationToken cancellation) =>
        Call(
            () => new ValueTask<(Reply, IReadOnlyList<Delivery>)>(Receive(queue, max, waitMs, cancellation)));

    public override ValueTask<(Reply Reply, IReadOnlyList<Reply> Each)> SettleReceiptsAsync(
        QueueId queue, IReadOnlyList<long> receipts, CancellationToken cancellation) => Call(() =>
    {
        if (broker.Fault != Reply.Ok)
            return ValueTask.FromResult<(Reply, IReadOnlyList<Reply>)>((broker.Fault, []));
        FakeQueue found = broker.Find(queue)!;
        IReadOnlyList<Reply> each =
        [
            .. receipts.Select(r => found.Settle(r, broker.Time.NowMs) ? Reply.Ok : Reply.CheckOutExpired),
        ];
        return ValueTask.FromResult((Reply.Ok, each));
    });

    public override ValueTask DisposeAsync()
    {
        Disposed = true;
        return ValueTask.CompletedTask;
    }

    private async Task<(Reply, IReadOnlyList<Delivery>)> Receive(
        QueueId queue, int max, int waitMs, CancellationToken cancellation)
    {
        if (broker.Bug is { } bug)
            throw bug;
        if (broker.Fault != Reply.Ok)
            return (broker.Fault, []);

        List<Delivery> deliveries = Take(queue, max);
        if (deliveries.Count > 0 || waitMs == 0)
            return (Reply.Ok, deliveries);

        try
        {
            await broker.Wait().WaitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            broker.GaveUp.TrySetResult();
            throw;
        }

        return (Reply.Ok, Take(queue, max));
    }

    private List<Delivery> Take(QueueId queue, int max)
    {
        lock (broker.Gate)
        {
            return
            [
                .. broker.Find(queue)!.Take(max, broker.Time.NowMs).Select(m => new Delivery(
                    0, queue, m.Sequence, m.Count > 1, m.Count, m.Receipt, m.FirstMs, m.VisibleMs, m.Stored)),
            ];
        }
    }

    private ValueTask<Reply> On(QueueId queue, Func<FakeQueue, Reply> change) => Call(() =>
    {
        if (broker.Fault != Reply.Ok)
            return ValueTask.FromResult(broker.Fault);
        return ValueTask.FromResult(broker.Find(queue) is { } found ? change(found) : Reply.QueueNotFound);
    });

    private T Call<T>(Func<T> call)
    {
        Assert.Equal(0, Interlocked.Exchange(ref _inside, 1));
        try
        {
            // Long enough for a second caller to be seen.
            Thread.SpinWait(5_000);
            lock (broker.Gate)
                return call();
        }
        finally
        {
            Volatile.Write(ref _inside, 0);
        }
    }
}
