using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Tests.Fakes;

/// <summary>One connection's door; what this protocol does not use is refused.</summary>
internal sealed partial class FakeConnection(FakeBroker broker, ConnectionOptions options, long number) : IBrokerConnection
{
    private readonly List<(ulong Tag, PublishOutcome Outcome)> _answers = [];

    public ConnectionOptions Options => options;

    public bool IsDisposed { get; private set; }

    public ConnectionKey Key => new(new NodeIncarnation(new NodeId(1), 1), number);

    public IPartitions Partitions => this;

    public IConsumerGroups ConsumerGroups => this;

    public IParkedMessages Parked => this;

    public ISubscriptions Subscriptions => throw new NotSupportedException();

    public ILastValues LastValues => throw new NotSupportedException();

    public ISessions Sessions => throw new NotSupportedException();

    public TopicInfo? FindTopic(string name) => broker.Topics.GetValueOrDefault(name);

    public TopicInfo? FindTopic(TopicId id) => broker.Topics.Values.FirstOrDefault(topic => topic.Id == id);

    public IReadOnlyList<TopicInfo> ListTopics() =>
        [.. broker.Topics.Values.OrderBy(topic => topic.Name, StringComparer.Ordinal)];

    public ValueTask<(Reply Reply, TopicInfo? Topic)> DeclareTopicAsync(
        TopicDeclaration topic, CancellationToken cancellation) =>
        new((Reply.Ok, broker.AddTopic(topic.Name, 0, 0, topic.Arguments)));

    public ValueTask<Reply> ChangeTopicAsync(
        TopicId topic, ReadOnlyMemory<byte> arguments, CancellationToken cancellation)
    {
        TopicInfo present = FindTopic(topic)!;
        broker.Topics[present.Name] = present with { Arguments = arguments };
        return new(Reply.Ok);
    }

    public ValueTask<Reply> DeleteTopicAsync(TopicId topic, bool ifUnused, CancellationToken cancellation)
    {
        broker.Topics.Remove(FindTopic(topic)!.Name);
        broker.Partitions.RemoveAll(partition => partition.Info.Topic == topic);
        return new(Reply.Ok);
    }

    public PublishAdmission Publish(in Publication publication, ulong tag)
    {
        if (broker.IsFull)
            return PublishAdmission.Full;
        PublishOutcome outcome = broker.PublishReply != Reply.Ok
            ? new(broker.PublishReply, -1)
            : publication.Park is null ? Append(publication) : Park(publication);
        _answers.Add((tag, outcome));
        if (broker.AnswersAtOnce)
            Flush();
        return PublishAdmission.Accepted;
    }

    /// <summary>The answers to publishes arrive.</summary>
    public void Flush()
    {
        foreach ((ulong tag, PublishOutcome outcome) in _answers)
            options.Sink.Published(tag, outcome);
        _answers.Clear();
    }

    public ValueTask WaitForRoomAsync(CancellationToken cancellation)
    {
        broker.RoomAwaited++;
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        foreach (var group in broker.Members.Values)
        {
            foreach ((string name, var member) in group.ToArray())
            {
                if (member.Connection == this)
                    group.Remove(name);
            }
        }
        return ValueTask.CompletedTask;
    }

    public QueueInfo? FindQueue(string name) => throw new NotSupportedException();

    public QueueInfo? FindQueueIgnoringCase(string name) => throw new NotSupportedException();

    public IReadOnlyList<QueueInfo> ListQueues() => throw new NotSupportedException();

    public IReadOnlyList<BindingInfo> ListBindings(TopicId source) => throw new NotSupportedException();

    public ValueTask<(Reply Reply, QueueInfo? Queue)> DeclareQueueAsync(
        QueueDeclaration queue, CancellationToken cancellation) => throw new NotSupportedException();

    public ValueTask<Reply> ChangeQueueAsync(
        QueueId queue, QueueSettings settings, CancellationToken cancellation) => throw new NotSupportedException();

    public ValueTask<(Reply Reply, long Ready)> DeleteQueueAsync(
        QueueId queue, bool ifUnused, bool ifEmpty, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public ValueTask<Reply> BindAsync(BindingInfo binding, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public ValueTask<Reply> UnbindAsync(BindingInfo binding, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public ValueTask<(Reply Reply, QueueStatus Status)> GetStatusAsync(
        QueueId queue, bool touch, CancellationToken cancellation) => throw new NotSupportedException();

    public ValueTask<(Reply Reply, long Purged)> PurgeAsync(QueueId queue, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public ValueTask<Reply> RewindAsync(QueueId queue, long fromMs, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public ValueTask<Reply> AttachAsync(
        QueueId queue, int consumer, ConsumerOptions options, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public ValueTask DetachAsync(int consumer, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public void AddCredit(int consumer, int messages) => throw new NotSupportedException();

    public void Settle(QueueId queue, ReadOnlySpan<long> sequences, SettleOutcome outcome) =>
        throw new NotSupportedException();

    public ValueTask<(Reply Reply, Delivery? Delivery, long Ready)> GetAsync(
        QueueId queue, bool autoSettle, CancellationToken cancellation) => throw new NotSupportedException();

    public ValueTask<(Reply Reply, IReadOnlyList<Delivery> Deliveries)> ReceiveAsync(
        QueueId queue, int max, int waitMs, CancellationToken cancellation) => throw new NotSupportedException();

    public ValueTask<Reply> SettleForGoodAsync(
        QueueId queue, IReadOnlyList<long> sequences, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public ValueTask<(Reply Reply, IReadOnlyList<Reply> Each)> SettleReceiptsAsync(
        QueueId queue, IReadOnlyList<long> receipts, CancellationToken cancellation) =>
        throw new NotSupportedException();

    private PublishOutcome Append(in Publication publication)
    {
        QueueId? wanted = publication.Partition;
        FakePartition partition = broker.Partitions.Single(have => have.Info.Id == wanted);
        PartitionMessage message = broker.Append(partition, publication);
        return new(Reply.Ok, message.Offset, message.Position);
    }

    private PublishOutcome Park(in Publication publication)
    {
        long position = broker.NextId();
        broker.Parked.Add(position, (publication, new ParkedMessage(
            position, publication.Park!.Owner, broker.NowMs, 0, broker.Stored(publication))));
        return new(Reply.Ok, -1, position);
    }
}
