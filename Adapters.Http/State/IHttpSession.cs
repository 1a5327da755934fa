using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Http.State;

/// <summary>The core as one user of one namespace sees it: an <see cref="IBrokerConnection"/> that many
/// requests share. Thread-safe. Methods mean what they mean there.</summary>
public interface IHttpSession
{
    /// <summary>The nameless topic, which routes by queue name.</summary>
    TopicInfo? DefaultTopic { get; }

    TopicInfo? FindTopic(string name);

    IReadOnlyList<TopicInfo> ListTopics();

    IReadOnlyList<BindingInfo> ListBindings(TopicId source);

    ValueTask<(Reply Reply, TopicInfo? Topic)> DeclareTopicAsync(
        TopicDeclaration topic, CancellationToken cancellation);

    ValueTask<Reply> ChangeTopicAsync(
        TopicId topic, ReadOnlyMemory<byte> arguments, CancellationToken cancellation);

    /// <returns>InUse while it has bindings.</returns>
    ValueTask<Reply> DeleteTopicAsync(TopicId topic, CancellationToken cancellation);

    ValueTask<Reply> BindAsync(BindingInfo binding, CancellationToken cancellation);

    ValueTask<Reply> UnbindAsync(BindingInfo binding, CancellationToken cancellation);

    /// <summary>Exact name first, then ignoring case.</summary>
    QueueInfo? FindQueue(string name);

    IReadOnlyList<QueueInfo> ListQueues();

    ValueTask<(Reply Reply, QueueInfo? Queue)> DeclareQueueAsync(
        QueueDeclaration queue, CancellationToken cancellation);

    ValueTask<Reply> ChangeQueueAsync(QueueId queue, QueueSettings settings, CancellationToken cancellation);

    ValueTask<Reply> DeleteQueueAsync(QueueId queue, CancellationToken cancellation);

    ValueTask<Reply> PurgeAsync(QueueId queue, CancellationToken cancellation);

    ValueTask<Reply> RewindAsync(QueueId queue, long fromMs, CancellationToken cancellation);

    ValueTask<(Reply Reply, QueueStatus Status)> GetStatusAsync(
        QueueId queue, CancellationToken cancellation);

    ValueTask<(Reply Reply, IReadOnlyList<Delivery> Deliveries)> ReceiveAsync(
        QueueId queue, int max, int waitMs, CancellationToken cancellation);

    ValueTask<(Reply Reply, IReadOnlyList<Reply> Each)> SettleReceiptsAsync(
        QueueId queue, IReadOnlyList<long> receipts, CancellationToken cancellation);

    /// <summary>Publishes all, one directly after the other, and waits for all outcomes.</summary>
    /// <returns>In the order of the publications. What was not admitted has its reply:
    /// <see cref="Reply.QueueNotFound"/>, <see cref="Reply.TooLarge"/>; <see cref="Reply.Unavailable"/> when
    /// publishing is held back, and then nothing is stored.</returns>
    ValueTask<IReadOnlyList<PublishOutcome>> PublishAsync(
        IReadOnlyList<Publication> publications, CancellationToken cancellation);
}
