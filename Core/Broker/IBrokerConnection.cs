namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>
/// One client's door to the core. Calls may come from one thread at a time; answers come through the returned tasks
/// and the sink. Permissions are the adapter's to check (they differ by protocol), names are resolved to the ids of
/// this node's directory state. Disposing detaches consumers, returns what they hold, deletes exclusive queues.
/// Methods that wait for the cluster answer <see cref="Reply.TimedOut"/> after <c>Publish:TimeoutMs</c>.
/// </summary>
public interface IBrokerConnection : IAsyncDisposable
{
    ConnectionKey Key { get; }

    /// <summary>What this connection listens to in memory. Its sink must be an
    /// <see cref="ISubscriberSink"/>.</summary>
    /// <exception cref="InvalidOperationException">It is not.</exception>
    ISubscriptions Subscriptions { get; }

    /// <summary>Reads retained messages; <see cref="Publication.LastValue"/> writes them.</summary>
    ILastValues LastValues { get; }

    /// <summary>The consumer groups of the connection's namespace.</summary>
    IConsumerGroups ConsumerGroups { get; }

    TopicInfo? FindTopic(string name);

    TopicInfo? FindTopic(TopicId id);

    /// <summary>All topics of the namespace in ordinal order of names; a snapshot.</summary>
    IReadOnlyList<TopicInfo> ListTopics();

    QueueInfo? FindQueue(string name);

    /// <summary>Exact name first, then ignoring case.</summary>
    QueueInfo? FindQueueIgnoringCase(string name);

    /// <summary>All queues of the namespace in ordinal order of names; a snapshot.</summary>
    IReadOnlyList<QueueInfo> ListQueues();

    /// <summary>Partitions of topics, and reading them.</summary>
    IPartitions Partitions { get; }

    /// <summary>Messages that are stored and not routed yet.</summary>
    IParkedMessages Parked { get; }

    /// <summary>What outlives connections.</summary>
    ISessions Sessions { get; }

    /// <summary>Bindings from a topic.</summary>
    IReadOnlyList<BindingInfo> ListBindings(TopicId source);

    /// <returns>Ok with the new topic, AlreadyExists with the present one (compare it), BadName, LimitReached.</returns>
    ValueTask<(Reply Reply, TopicInfo? Topic)> DeclareTopicAsync(TopicDeclaration topic, CancellationToken cancellation);

    /// <summary>Replaces the declarer's arguments of a topic.</summary>
    /// <returns>Ok, TopicNotFound, NotAllowed (a system topic), LimitReached.</returns>
    ValueTask<Reply> ChangeTopicAsync(
        TopicId topic, ReadOnlyMemory<byte> arguments, CancellationToken cancellation);

    /// <returns>Ok (also when it was gone already), InUse, NotAllowed.</returns>
    ValueTask<Reply> DeleteTopicAsync(TopicId topic, bool ifUnused, CancellationToken cancellation);

    /// <summary>Answered when every live node routes to the queue.</summary>
    /// <returns>Ok with the new queue, AlreadyExists with the present one (compare it), BadName, LimitReached.</returns>
    ValueTask<(Reply Reply, QueueInfo? Queue)> DeclareQueueAsync(QueueDeclaration queue, CancellationToken cancellation);

    /// <summary>Replaces the settings of a queue.</summary>
    ValueTask<Reply> ChangeQueueAsync(QueueId queue, QueueSettings settings, CancellationToken cancellation);

    /// <summary>Consumers of the queue are cancelled through their sinks.</summary>
    /// <returns>Ok (also when gone already; count 0), InUse, NotEmpty; the count is of ready messages.</returns>
    ValueTask<(Reply Reply, long Ready)> DeleteQueueAsync(
        QueueId queue, bool ifUnused, bool ifEmpty, CancellationToken cancellation);

    /// <summary>Idempotent. Answered when every live node routes by it.</summary>
    /// <returns>Ok, TopicNotFound, QueueNotFound.</returns>
    ValueTask<Reply> BindAsync(BindingInfo binding, CancellationToken cancellation);

    /// <returns>Ok, also when there was none.</returns>
    ValueTask<Reply> UnbindAsync(BindingInfo binding, CancellationToken cancellation);

    /// <summary>Counts after everything that this connection sent to the queue's group before.
    /// Counts as a use of the queue for its idle expiry when <paramref name="touch"/>.</summary>
    ValueTask<(Reply Reply, QueueStatus Status)> GetStatusAsync(
        QueueId queue, bool touch, CancellationToken cancellation);

    /// <summary>Drops ready messages, not held ones, without dead-lettering.</summary>
    ValueTask<(Reply Reply, long Purged)> PurgeAsync(QueueId queue, CancellationToken cancellation);

    /// <summary>Makes every message published at or after the time ready again.</summary>
    /// <returns>Ok, RewindOff, QueueNotFound.</returns>
    ValueTask<Reply> RewindAsync(QueueId queue, long fromMs, CancellationToken cancellation);

    /// <summary>Routes and sends on. The caller respects <see cref="WaitForRoomAsync"/> between publishes.</summary>
    /// <param name="publication">The message; copied before the call returns.</param>
    /// <param name="tag">Comes back in <see cref="IConnectionSink.Published"/>.</param>
    PublishAdmission Publish(in Publication publication, ulong tag);

    /// <summary>Completed at once unless too many bytes of this connection wait for their answer.</summary>
    ValueTask WaitForRoomAsync(CancellationToken cancellation);

    /// <param name="queue">The queue.</param>
    /// <param name="consumer">1 or above, unique in the connection.</param>
    /// <param name="options">Mode, priority, first credit.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <returns>Ok, QueueNotFound, ExclusiveUse. Deliveries may reach the sink before the task completes on the
    /// caller's side; the adapter orders its own consume-ok before them.</returns>
    ValueTask<Reply> AttachAsync(
        QueueId queue, int consumer, ConsumerOptions options, CancellationToken cancellation);

    /// <summary>Ends delivery, not holding. Once the task is done nothing more reaches the sink for it.</summary>
    ValueTask DetachAsync(int consumer, CancellationToken cancellation);

    /// <summary>Lets that many more messages come.</summary>
    void AddCredit(int consumer, int messages);

    /// <summary>Settles held messages of this connection; no answer. Unknown ones are ignored.</summary>
    void Settle(QueueId queue, ReadOnlySpan<long> sequences, SettleOutcome outcome);

    /// <summary>Settles as done what of these is still in the queue, whoever holds it; durable when answered.</summary>
    /// <returns>Ok, also where nothing of it is left; QueueNotFound, Gone, TimedOut.</returns>
    ValueTask<Reply> SettleForGoodAsync(
        QueueId queue, IReadOnlyList<long> sequences, CancellationToken cancellation);

    /// <summary>Takes one ready message; it is held by this connection until settled (AutoSettle: settled at once).</summary>
    /// <returns>Ok with null when none is ready; and the count of ready messages left.</returns>
    ValueTask<(Reply Reply, Delivery? Delivery, long Ready)> GetAsync(
        QueueId queue, bool autoSettle, CancellationToken cancellation);

    /// <summary>Strict check-out of 1 to <paramref name="max"/> messages, waiting up to <paramref name="waitMs"/>.
    /// Cancelling gives the place in the line up.</summary>
    /// <returns>Ok with an empty list when the wait ended; QueueNotFound, TooManyHeld.</returns>
    ValueTask<(Reply Reply, IReadOnlyList<Delivery> Deliveries)> ReceiveAsync(
        QueueId queue, int max, int waitMs, CancellationToken cancellation);

    /// <summary>Settles strict check-outs by their numbers.</summary>
    /// <returns>Per receipt Ok or CheckOutExpired; or one failing reply for all.</returns>
    ValueTask<(Reply Reply, IReadOnlyList<Reply> Each)> SettleReceiptsAsync(
        QueueId queue, IReadOnlyList<long> receipts, CancellationToken cancellation);
}
