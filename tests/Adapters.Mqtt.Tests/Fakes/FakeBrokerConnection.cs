using System.Buffers;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Tests.Fakes;

/// <summary>Answers at once unless a test holds an answer back with <see cref="Gate"/> or
/// <see cref="HoldPublishes"/>; keeps what it was told.</summary>
internal sealed class FakeBrokerConnection(FakeBroker broker, ConnectionOptions options, long number)
    : UnusedConnection, ISubscriptions, ISessions, ILastValues
{
    private readonly Dictionary<int, (FakeQueue Queue, int Credit)> _consumers = [];

    public override ConnectionKey Key { get; } = new(new NodeIncarnation(new NodeId(1), 1), number);

    public ConnectionOptions Options => options;

    public ISubscriberSink Sink => (ISubscriberSink)options.Sink;

    public override ISubscriptions Subscriptions => this;

    public override ISessions Sessions => this;

    public override ILastValues LastValues => this;

    /// <summary>What the next calls that wait for the cluster wait for.</summary>
    public TaskCompletionSource? Gate { get; set; }

    public bool HoldPublishes { get; set; }

    public TaskCompletionSource? Room { get; set; }

    /// <summary>What the core says of the next publishes.</summary>
    public Reply PublishReply { get; set; }

    public List<(Publication Publication, byte[] Body, ulong Tag)> Published { get; } = [];

    public List<(QueueId Queue, long Sequence, SettleOutcome Outcome)> Settled { get; } = [];

    public List<(QueueId Queue, long[] Sequences)> SettledForGood { get; } = [];

    public bool IsDisposed { get; private set; }

    public override TopicInfo? FindTopic(string name) => name == broker.Space.Name ? broker.Space : name.Length == 0 ? broker.Default : null;

    public override TopicInfo? FindTopic(TopicId id) => id == broker.Space.Id ? broker.Space : null;

    public override QueueInfo? FindQueue(string name) => broker.Queues.GetValueOrDefault(name)?.Info;

    public override QueueInfo? FindQueueIgnoringCase(string name) => FindQueue(name);

    public override IReadOnlyList<QueueInfo> ListQueues() => [.. broker.Queues.Values.Select(queue => queue.Info)];

    public override IReadOnlyList<BindingInfo> ListBindings(TopicId source) => broker.Bindings;

    public override IReadOnlyList<TopicInfo> ListTopics() => [broker.Space, broker.Default];

    public override async ValueTask<(Reply Reply, QueueInfo? Queue)> DeclareQueueAsync(
        QueueDeclaration queue, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        return FindQueue(queue.Name) is { } existing
            ? (Reply.AlreadyExists, existing)
            : (Reply.Ok, broker.AddQueue(queue).Info);
    }

    public override async ValueTask<Reply> ChangeQueueAsync(
        QueueId queue, QueueSettings settings, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        if (broker.ChangeReply == Reply.Ok)
            broker.QueueOf(queue)!.Settings = settings;
        return broker.ChangeReply;
    }

    public override async ValueTask<(Reply Reply, long Ready)> DeleteQueueAsync(
        QueueId queue, bool ifUnused, bool ifEmpty, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        broker.Queues.Remove(broker.QueueOf(queue)!.Info.Name);
        broker.Bindings.RemoveAll(binding => binding.TargetQueue == queue);
        return (Reply.Ok, 0);
    }

    public override async ValueTask<Reply> BindAsync(BindingInfo binding, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        if (!broker.Bindings.Exists(present => IsSame(present, binding)))
            broker.Bindings.Add(binding);
        return Reply.Ok;
    }

    public override async ValueTask<Reply> UnbindAsync(BindingInfo binding, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        broker.Bindings.RemoveAll(present => IsSame(present, binding));
        return Reply.Ok;
    }

    /// <summary>The disk is short of space.</summary>
    public bool IsFull { get; set; }

    public override PublishAdmission Publish(in Publication publication, ulong tag)
    {
        if (IsFull)
            return PublishAdmission.Full;
        byte[] body = publication.Body.ToArray();
        Published.Add((publication, body, tag));
        var message = new StoredMessage(publication.Topic.Name, publication.RoutingKey, [], publication.Format,
            publication.Properties.ToArray(), new ReadOnlySequence<byte>(body), broker.NowMs, publication.TtlMs, 0,
            publication.Persistent, null);
        if (publication.LastValue == LastValueChange.Put)
            broker.LastValues[publication.RoutingKey] = message;
        else if (publication.LastValue == LastValueChange.Clear)
            broker.LastValues.Remove(publication.RoutingKey);
        bool isStored = Route(publication, message) || publication.LastValue != LastValueChange.None;
        bool isHeard = Hear(message);
        if (!isStored && PublishReply == Reply.Ok)
            return isHeard ? PublishAdmission.Served : PublishAdmission.Unroutable;
        if (!HoldPublishes)
            Answer(tag, PublishReply);
        return PublishAdmission.Accepted;
    }

    public void Answer(ulong tag, Reply reply)
    {
        options.Sink.Published(tag, new PublishOutcome(reply, 1));
        options.Sink.Flush();
    }

    public override ValueTask WaitForRoomAsync(CancellationToken cancellation) =>
        Room is { } room ? new(room.Task.WaitAsync(cancellation)) : ValueTask.CompletedTask;

    public override async ValueTask<Reply> AttachAsync(
        QueueId queue, int consumer, ConsumerOptions options, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        if (broker.QueueOf(queue) is not { } found)
            return Reply.QueueNotFound;
        _consumers.Add(consumer, (found, options.Credit));
        Attached.Add(consumer, options);
        Pump();
        return Reply.Ok;
    }

    public override async ValueTask DetachAsync(int consumer, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        _consumers.Remove(consumer);
        Attached.Remove(consumer);
    }

    public override void AddCredit(int consumer, int messages)
    {
        (FakeQueue queue, int credit) = _consumers[consumer];
        _consumers[consumer] = (queue, credit + messages);
        Pump();
    }

    /// <summary>Options of the attached consumers.</summary>
    public Dictionary<int, ConsumerOptions> Attached { get; } = [];

    public int Credit(int consumer) => _consumers[consumer].Credit;

    public override void Settle(QueueId queue, ReadOnlySpan<long> sequences, SettleOutcome outcome)
    {
        foreach (long sequence in sequences)
        {
            Settled.Add((queue, sequence, outcome));
            if (outcome == SettleOutcome.Returned)
                broker.QueueOf(queue)?.Return(sequence);
            else
                broker.QueueOf(queue)?.Held.Remove(sequence);
        }
    }

    public override async ValueTask<Reply> SettleForGoodAsync(
        QueueId queue, IReadOnlyList<long> sequences, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        SettledForGood.Add((queue, [.. sequences]));
        broker.QueueOf(queue)?.Remove(sequences);
        return Reply.Ok;
    }

    public async ValueTask<Reply> SubscribeAsync(
        TopicId topic, string pattern, SubscriptionOptions options, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        broker.Filters.RemoveAll(filter => IsSame(filter, pattern, options.ShareGroup));
        broker.Filters.Add((this, pattern, options));
        // It counts here at once; the nodes take their time.
        if (broker.FilterGate is { } gate)
            await gate.Task.WaitAsync(cancellation);
        return broker.FilterReply;
    }

    public async ValueTask UnsubscribeAsync(TopicId topic, string pattern, string? shareGroup)
    {
        await PassAsync(default);
        broker.Filters.RemoveAll(filter => IsSame(filter, pattern, shareGroup));
    }

    public async ValueTask<(Reply Reply, ISession? Session)> OpenAsync(
        SessionOpening opening, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        string user = options.User.UserName;
        if (broker.Sessions.TryGetValue(opening.Name, out FakeSession? session))
        {
            if (session.User != user && (session.Owner is not null || session.ExpiryMs != 0))
                return (Reply.AccessDenied, null);
            session.Owner?.Sink.TakenOver(opening.Name);
            if (opening.Clean || (session.Owner is null && session.ExpiryMs == 0))
                session = null;
        }
        bool isPresent = session is not null;
        session ??= broker.Sessions[opening.Name] = new FakeSession(broker, opening.Name, user);
        (session.Owner, session.Will, session.ExpiryMs, session.WillDelayMs, session.End) =
            (this, opening.Will, opening.ExpiryMs, opening.WillDelayMs, null);
        return (Reply.Ok, session.Open(this, isPresent));
    }

    public async ValueTask<(Reply Reply, IReadOnlyList<StoredMessage> Messages)> ReadAsync(
        TopicId topic, string pattern, int most, CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        return (Reply.Ok, [.. broker.LastValues.Where(pair => FakeBroker.Matches(pattern, pair.Key))
            .Select(pair => pair.Value).Take(most)]);
    }

    public override ValueTask DisposeAsync()
    {
        IsDisposed = true;
        _consumers.Clear();
        broker.Filters.RemoveAll(filter => filter.Owner == this);
        return ValueTask.CompletedTask;
    }

    public Task PassAsync(CancellationToken cancellation) => Gate is { } gate
        ? gate.Task.WaitAsync(cancellation)
        : Task.CompletedTask;

    /// <summary>Delivers what credit allows.</summary>
    private void Pump()
    {
        foreach (int consumer in _consumers.Keys.Order().ToArray())
        {
            (FakeQueue queue, int credit) = _consumers[consumer];
            while (credit > 0 && queue.Ready.Count > 0)
            {
                credit--;
                (long sequence, StoredMessage message, bool redelivered) = queue.Ready[0];
                queue.Ready.RemoveAt(0);
                queue.Held.Add(sequence, message);
                Sink.Delivered(new Delivery(
                    consumer, queue.Info.Id, sequence, redelivered, 1, 0, 0, 0, message));
            }
            _consumers[consumer] = (queue, credit);
        }
        options.Sink.Flush();
    }

    private bool Route(Publication publication, StoredMessage message)
    {
        FakeQueue[] targets = publication.Topic == broker.Default
            ? [broker.Queues[publication.RoutingKey]]
            : [.. broker.Bindings.Where(binding => FakeBroker.Matches(binding.Key, publication.RoutingKey))
                .Select(binding => broker.QueueOf(binding.TargetQueue!.Value)!).Distinct()];
        targets = [.. targets.Where(queue => publication.Persistent || !queue.Settings.PersistentOnly)];
        bool isNew = publication.Producer is not { } producer || broker.Producers.Add(producer);
        foreach (FakeQueue queue in targets)
        {
            if (isNew)
                queue.Add(message);
        }
        foreach (FakeBrokerConnection connection in broker.Connections)
            connection.Pump();
        return targets.Length > 0;
    }

    private bool Hear(StoredMessage message)
    {
        var matching = broker.Filters.Where(filter => FakeBroker.Matches(filter.Pattern, message.RoutingKey)
            && (!filter.Options.TransientOnly || !message.Persistent)).ToList();
        foreach (FakeBrokerConnection owner in matching.Where(filter => filter.Options.ShareGroup is null)
            .Select(filter => filter.Owner).Distinct())
            owner.Sink.Heard(message, null, null);
        foreach (var group in matching.Where(filter => filter.Options.ShareGroup is not null)
            .GroupBy(filter => (filter.Options.ShareGroup, filter.Pattern)))
            group.First().Owner.Sink.Heard(message, group.Key.ShareGroup, group.Key.Pattern);
        return matching.Count > 0;
    }

    private bool IsSame(
        (FakeBrokerConnection Owner, string Pattern, SubscriptionOptions Options) filter, string pattern, string? group) =>
        filter.Owner == this && filter.Pattern == pattern && filter.Options.ShareGroup == group;

    private static bool IsSame(BindingInfo one, BindingInfo other) =>
        one.TargetQueue == other.TargetQueue && one.Key == other.Key;
}
