using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Fakes;

/// <summary>A connection to the core that refuses everything: a fake says what its adapter may use.</summary>
public abstract class UnusedConnection : IBrokerConnection
{
    public virtual ConnectionKey Key => throw Unused();

    public virtual ISubscriptions Subscriptions => throw Unused();

    public virtual ILastValues LastValues => throw Unused();

    public virtual IConsumerGroups ConsumerGroups => throw Unused();

    public virtual TopicInfo? FindTopic(string name) => throw Unused();

    public virtual TopicInfo? FindTopic(TopicId id) => throw Unused();

    public virtual IReadOnlyList<TopicInfo> ListTopics() => throw Unused();

    public virtual QueueInfo? FindQueue(string name) => throw Unused();

    public virtual QueueInfo? FindQueueIgnoringCase(string name) => throw Unused();

    public virtual IReadOnlyList<QueueInfo> ListQueues() => throw Unused();

    public virtual IPartitions Partitions => throw Unused();

    public virtual IParkedMessages Parked => throw Unused();

    public virtual ISessions Sessions => throw Unused();

    public virtual IReadOnlyList<BindingInfo> ListBindings(TopicId source) => throw Unused();

    public virtual ValueTask<(Reply Reply, TopicInfo? Topic)> DeclareTopicAsync(
        TopicDeclaration topic, CancellationToken cancellation) => throw Unused();

    public virtual ValueTask<Reply> ChangeTopicAsync(
        TopicId topic, ReadOnlyMemory<byte> arguments, CancellationToken cancellation) => throw Unused();

    public virtual ValueTask<Reply> DeleteTopicAsync(
        TopicId topic, bool ifUnused, CancellationToken cancellation) => throw Unused();

    public virtual ValueTask<(Reply Reply, QueueInfo? Queue)> DeclareQueueAsync(
        QueueDeclaration queue, CancellationToken cancellation) => throw Unused();

    public virtual ValueTask<Reply> ChangeQueueAsync(
        QueueId queue, QueueSettings settings, CancellationToken cancellation) => throw Unused();

    public virtual ValueTask<(Reply Reply, long Ready)> DeleteQueueAsync(
        QueueId queue, bool ifUnused, bool ifEmpty, CancellationToken cancellation) => throw Unused();

    public virtual ValueTask<Reply> BindAsync(BindingInfo binding, CancellationToken cancellation) =>
        throw Unused();

    public virtual ValueTask<Reply> UnbindAsync(BindingInfo binding, CancellationToken cancellation) =>
        throw Unused();

    public virtual ValueTask<(Reply Reply, QueueStatus Status)> GetStatusAsync(
        QueueId queue, bool touch, CancellationToken cancellation) => throw Unused();

    public virtual ValueTask<(Reply Reply, long Purged)> PurgeAsync(
        QueueId queue, CancellationToken cancellation) => throw Unused();

    public virtual ValueTask<Reply> RewindAsync(QueueId queue, long fromMs, CancellationToken cancellation) =>
        throw Unused();

    public virtual PublishAdmission Publish(in Publication publication, ulong tag) => throw Unused();

    public virtual ValueTask WaitForRoomAsync(CancellationToken cancellation) => throw Unused();

    public virtual ValueTask<Reply> AttachAsync(
        QueueId queue, int consumer, ConsumerOptions options, CancellationToken cancellation) =>
        throw Unused();

    public virtual ValueTask DetachAsync(int consumer, CancellationToken cancellation) => throw Unused();

    public virtual void AddCredit(int consumer, int messages) => throw Unused();

    public virtual void Settle(QueueId queue, ReadOnlySpan<long> sequences, SettleOutcome outcome) =>
        throw Unused();

    public virtual ValueTask<Reply> SettleForGoodAsync(
        QueueId queue, IReadOnlyList<long> sequences, CancellationToken cancellation) => throw Unused();

    public virtual ValueTask<(Reply Reply, Delivery? Delivery, long Ready)> GetAsync(
        QueueId queue, bool autoSettle, CancellationToken cancellation) => throw Unused();

    public virtual ValueTask<(Reply Reply, IReadOnlyList<Delivery> Deliveries)> ReceiveAsync(
        QueueId queue, int max, int waitMs, CancellationToken cancellation) => throw Unused();

    public virtual ValueTask<(Reply Reply, IReadOnlyList<Reply> Each)> SettleReceiptsAsync(
        QueueId queue, IReadOnlyList<long> receipts, CancellationToken cancellation) => throw Unused();

    public abstract ValueTask DisposeAsync();

    private static NotSupportedException Unused() => new("This adapter should have no use for it.");
}
