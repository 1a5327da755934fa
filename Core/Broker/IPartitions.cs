namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>
/// Partitions of topics. A publish to a topic that has some is appended to one of them
/// (<see cref="Publication.Partition"/>, else by hash of <see cref="Publication.OrderingKey"/>, else round robin), and
/// routed by its bindings as well; the sequence and position that <see cref="IConnectionSink.Published"/> reports are
/// those of the partition. Topics that it reaches by bindings or as a dead letter append it to one of theirs, too. In a
/// partition neither a delay nor a time to live counts. Partitions are no queues: nothing else takes their ids.
/// </summary>
public interface IPartitions
{
    /// <summary>Ordered by group, then number; ready ones only; empty for a topic without partitions.</summary>
    IReadOnlyList<PartitionInfo> List(TopicId topic);

    /// <summary>Gives a topic at least so many partitions in a group; never takes any away. Answered when every live
    /// node knows them and the group has them.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="group">A data group.</param>
    /// <param name="count">1 to 1,024.</param>
    /// <param name="settings">Of the new ones; only <see cref="QueueSettings.RetentionMs"/> (null = they are kept for
    /// ever) and <see cref="QueueSettings.MaxMessageBytes"/> count.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <returns>Ok, TopicNotFound, LimitReached; NotAllowed for the default topic, one that is not durable or deletes
    /// itself, and where the group is no data group.</returns>
    ValueTask<Reply> GrowAsync(
        TopicId topic, GroupId group, int count, QueueSettings settings, CancellationToken cancellation);

    /// <summary>Reads at the group's leader, waiting if asked to; what was confirmed before the call is seen. At most
    /// 4,096 messages and 8 MiB at a time, but at least one. A read with tags may come back early and empty, having looked
    /// at 16,384 messages: go on at <see cref="PartitionRead.NextOffset"/>. An offset outside of the bounds is answered at
    /// once, empty. Cancelling gives the waiting up.</summary>
    /// <returns>Ok, also with no message; QueueNotFound (also when it is deleted while the read waits), Unavailable (too
    /// many reads wait in the group), TimedOut.</returns>
    ValueTask<(Reply Reply, PartitionRead? Read)> ReadAsync(
        QueueId partition, PartitionQuery query, CancellationToken cancellation);

    /// <returns>Ok, QueueNotFound, Unavailable, TimedOut.</returns>
    ValueTask<(Reply Reply, PartitionBounds Bounds)> GetBoundsAsync(
        QueueId partition, CancellationToken cancellation);

    /// <summary>The first offset whose message was stored at or after a log time, Unix ms; the end when there is
    /// none.</summary>
    /// <returns>Ok, QueueNotFound, Unavailable, TimedOut.</returns>
    ValueTask<(Reply Reply, long Offset)> FindOffsetAsync(
        QueueId partition, long timeMs, CancellationToken cancellation);

    /// <summary>The message at a position of the cluster.</summary>
    /// <returns>Ok with null when it is not there (any more), or of another namespace; Unavailable, TimedOut.</returns>
    ValueTask<(Reply Reply, PartitionMessage? Message)> FindByPositionAsync(
        long position, CancellationToken cancellation);

    /// <summary>Newest first: messages of a topic that carry a key (<see cref="MessageProperties.Keys"/>, or the message
    /// id) and were stored in a span of log time. Looks at a bounded number of messages per partition
    /// (<see cref="LimitOptions.KeySearchMessages"/>, the newest of the span) and for ten seconds at most; finds at most
    /// 4,096 messages and 8 MiB per group.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="key">Compared letter by letter.</param>
    /// <param name="fromMs">Unix ms.</param>
    /// <param name="toMs">Unix ms, inclusive.</param>
    /// <param name="most">Messages to find.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <returns>Ok, TopicNotFound, Unavailable, TimedOut.</returns>
    ValueTask<(Reply Reply, IReadOnlyList<PartitionMessage> Messages)> FindByKeyAsync(
        TopicId topic, string key, long fromMs, long toMs, int most, CancellationToken cancellation);
}
