using System.Buffers;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Amqp.Tests.Fakes;

/// <summary>Answers at once unless a test holds an answer back with <see cref="Gate"/> or
/// <see cref="HoldPublishes"/>; keeps what it was told.</summary>
internal sealed class FakeBrokerConnection(FakeBroker broker, ConnectionOptions options, long number) : UnusedConnection
{
    private readonly Dictionary<int, (FakeQueue Queue, ConsumerOptions Options, int Credit)> _consumers = [];
    private readonly TaskCompletionSource _gateReached = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override ConnectionKey Key { get; } = new(new NodeIncarnation(new NodeId(1), 1), number);

    public ConnectionOptions Options => options;

    public IConnectionSink Sink => options.Sink;

    /// <summary>What the next calls that wait for the cluster wait for.</summary>
    public TaskCompletionSource? Gate { get; set; }

    /// <summary>Done once a call waits for <see cref="Gate"/>.</summary>
    public Task GateReached => _gateReached.Task.WaitAsync(TimeSpan.FromSeconds(20));

    public bool HoldPublishes { get; set; }

    public TaskCompletionSource? Room { get; set; }

    public Reply AttachReply { get; set; }

    public PublishAdmission? Admission { get; set; }

    public List<(Publication Publication, byte[] Body, byte[] Properties, ulong Tag)> Published { get; } = [];

    public List<(QueueId Queue, long[] Sequences, SettleOutcome Outcome)> Settled { get; } = [];

    public List<(int Consumer, int Credit)> Credits { get; } = [];

    public Dictionary<int, ConsumerOptions> Attached { get; } = [];

    public bool IsDisposed { get; private set; }

    public override TopicInfo? FindTopic(string name) => broker.Topics.GetValueOrDefault(name);

    public override TopicInfo? FindTopic(TopicId id) => broker.Topics.Values.FirstOrDefault(topic => topic.Id == id);

    public override IReadOnlyList<TopicInfo> ListTopics() => [.. broker.Topics.Values];

    public override QueueInfo? FindQueue(string name) => broker.Queues.GetValueOrDefault(name)?.Info;

    public override QueueInfo? FindQueueIgnoringCase(string name) => FindQueue(name);

    public override IReadOnlyList<QueueInfo> ListQueues() => [.. broker.Queues.Values.Select(queue => queue.Info)];

    public override IReadOnlyList<BindingInfo> ListBindings(TopicId source) =>
        [.. broker.Bindings.Where(binding => binding.Source == source)];

    public override async ValueTask<(Reply Reply, TopicInfo? Topic)> DeclareTopicAsync(
        TopicDeclaration topic, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        if (FindTopic(topic.Name) is { } existing)
            return (Reply.AlreadyExists, existing);
        var made = new TopicInfo(new TopicId(broker.NextId()), FakeBroker.Root, topic.Name, topic.Kind,
            topic.Durable, topic.AutoDelete, topic.Internal, false, topic.Arguments);
        broker.Topics.Add(topic.Name, made);
        return (Reply.Ok, made);
    }

    public override async ValueTask<Reply> DeleteTopicAsync(TopicId topic, bool ifUnused, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        if (ifUnused && broker.Bindings.Any(binding => binding.Source == topic))
            return Reply.InUse;
        broker.Topics.Remove(FindTopic(topic)!.Name);
        return Reply.Ok;
    }

    public override async ValueTask<(Reply Reply, QueueInfo? Queue)> DeclareQueueAsync(
        QueueDeclaration queue, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        return FindQueue(queue.Name) is { } existing
            ? (Reply.AlreadyExists, existing)
            : (Reply.Ok, broker.AddQueue(queue, queue.Exclusive ? Key : null).Info);
    }

    public override ValueTask<Reply> ChangeQueueAsync(
        QueueId queue, QueueSettings settings, CancellationToken cancellation) => new(Reply.Ok);

    public override async ValueTask<(Reply Reply, long Ready)> DeleteQueueAsync(
        QueueId queue, bool ifUnused, bool ifEmpty, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        FakeQueue found = broker.QueueOf(queue);
        int[] consumers = [.. _consumers.Where(pair => pair.Value.Queue == found).Select(pair => pair.Key)];
        if (ifUnused && consumers.Length > 0)
            return (Reply.InUse, 0);
        if (ifEmpty && found.Ready.Count > 0)
            return (Reply.NotEmpty, 0);
        broker.Queues.Remove(found.Info.Name);
        foreach (int consumer in consumers)
        {
            _consumers.Remove(consumer);
            Sink.Cancelled(consumer);
        }
        Sink.Flush();
        return (Reply.Ok, found.Ready.Count);
    }

    public override async ValueTask<Reply> BindAsync(BindingInfo binding, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        broker.Bindings.Add(binding);
        return Reply.Ok;
    }

    public override async ValueTask<Reply> UnbindAsync(BindingInfo binding, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        broker.Bindings.RemoveAll(present => present.Source == binding.Source
            && present.TargetQueue == binding.TargetQueue && present.TargetTopic == binding.TargetTopic
            && present.Key == binding.Key);
        return Reply.Ok;
    }

    public override async ValueTask<(Reply Reply, QueueStatus Status)> GetStatusAsync(
        QueueId queue, bool touch, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        FakeQueue found = broker.QueueOf(queue);
        int consumers = _consumers.Values.Count(consumer => consumer.Queue == found);
        return (Reply.Ok, new QueueStatus(found.Ready.Count, found.Held.Count, 0, consumers, 0, 0, 0));
    }

    public override async ValueTask<(Reply Reply, long Purged)> PurgeAsync(QueueId queue, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        FakeQueue found = broker.QueueOf(queue);
        int count = found.Ready.Count;
        found.Ready.Clear();
        return (Reply.Ok, count);
    }

    public override ValueTask<Reply> RewindAsync(QueueId queue, long fromMs, CancellationToken cancellation) =>
        new(Reply.RewindOff);

    public override PublishAdmission Publish(in Publication publication, ulong tag)
    {
        byte[] body = publication.Body.ToArray();
        byte[] properties = publication.Properties.ToArray();
        Published.Add((publication, body, properties, tag));
        if (Admission is { } forced)
            return forced;
        FakeQueue[] targets = [.. Route(publication)];
        if (targets.Length == 0)
            return PublishAdmission.Unroutable;
        foreach (FakeQueue queue in targets)
        {
            queue.Add(new StoredMessage(publication.Topic.Name, publication.RoutingKey, publication.MoreKeys ?? [],
                publication.Format, properties, new ReadOnlySequence<byte>(body), 0, publication.TtlMs,
                publication.Priority, publication.Persistent, null));
        }
        if (!HoldPublishes)
            Answer(tag, Reply.Ok);
        Pump();
        return PublishAdmission.Accepted;
    }

    public void Answer(ulong tag, Reply reply)
    {
        Sink.Published(tag, new PublishOutcome(reply, 1));
        Sink.Flush();
    }

    public override ValueTask WaitForRoomAsync(CancellationToken cancellation) =>
        Room is { } room ? new(room.Task.WaitAsync(cancellation)) : ValueTask.CompletedTask;

    public override async ValueTask<Reply> AttachAsync(
        QueueId queue, int consumer, ConsumerOptions options, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        if (AttachReply != Reply.Ok)
            return AttachReply;
        Attached.Add(consumer, options);
        _consumers.Add(consumer, (broker.QueueOf(queue), options, options.Credit));
        Pump();
        return Reply.Ok;
    }

    public override async ValueTask DetachAsync(int consumer, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        _consumers.Remove(consumer);
    }

    public override void AddCredit(int consumer, int messages)
    {
        Credits.Add((consumer, messages));
        var present = _consumers[consumer];
        _consumers[consumer] = present with { Credit = present.Credit + messages };
        Pump();
    }

    public override void Settle(QueueId queue, ReadOnlySpan<long> sequences, SettleOutcome outcome)
    {
        Settled.Add((queue, sequences.ToArray(), outcome));
        FakeQueue? found = broker.Queues.Values.SingleOrDefault(present => present.Info.Id == queue);
        foreach (long sequence in sequences)
        {
            if (outcome == SettleOutcome.Returned)
                found?.Return(sequence);
            else
                found?.Held.Remove(sequence);
        }
        Pump();
    }

    public override async ValueTask<(Reply Reply, Delivery? Delivery, long Ready)> GetAsync(
        QueueId queue, bool autoSettle, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        FakeQueue found = broker.QueueOf(queue);
        return found.Ready.Count == 0
            ? (Reply.Ok, null, 0)
            : (Reply.Ok, Take(found, 0, autoSettle), found.Ready.Count);
    }

    public override ValueTask<(Reply Reply, IReadOnlyList<Delivery> Deliveries)> ReceiveAsync(
        QueueId queue, int max, int waitMs, CancellationToken cancellation) => new((Reply.Ok, []));

    public override ValueTask<(Reply Reply, IReadOnlyList<Reply> Each)> SettleReceiptsAsync(
        QueueId queue, IReadOnlyList<long> receipts, CancellationToken cancellation) => new((Reply.Ok, []));

    public override ValueTask DisposeAsync()
    {
        IsDisposed = true;
        _consumers.Clear();
        return ValueTask.CompletedTask;
    }

    /// <summary>Delivers what credit allows.</summary>
    public void Pump()
    {
        bool any = false;
        foreach (int number in _consumers.Keys.Order().ToArray())
        {
            (FakeQueue queue, ConsumerOptions how, int credit) = _consumers[number];
            while (credit > 0 && queue.Ready.Count > 0)
            {
                credit--;
                any = true;
                Sink.Delivered(Take(queue, number, how.AutoSettle));
            }
            _consumers[number] = (queue, how, credit);
        }
        if (any)
            Sink.Flush();
    }

    private static Delivery Take(FakeQueue queue, int consumer, bool autoSettle)
    {
        (long sequence, StoredMessage message, bool redelivered) = queue.Ready[0];
        queue.Ready.RemoveAt(0);
        if (!autoSettle)
            queue.Held.Add(sequence, message);
        return new Delivery(consumer, queue.Info.Id, sequence, redelivered, 1, 0, 0, 0, message);
    }

    private IEnumerable<FakeQueue> Route(Publication publication)
    {
        if (publication.Topic.Kind == TopicKind.Default)
            return broker.Queues.TryGetValue(publication.RoutingKey, out FakeQueue? queue) ? [queue] : [];
        string key = publication.RoutingKey;
        bool all = publication.Topic.Kind == TopicKind.Fanout;
        TopicId source = publication.Topic.Id;
        return broker.Bindings.Where(binding => binding.Source == source && (all || binding.Key == key))
            .Select(binding => broker.QueueOf(binding.TargetQueue!.Value)).Distinct();
    }

    private Task PassAsync(CancellationToken cancellation)
    {
        if (Gate is not { } gate)
            return Task.CompletedTask;
        _gateReached.TrySetResult();
        return gate.Task.WaitAsync(cancellation);
    }
}
