namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>
/// Partitions of topics. A publish to a topic that has some is appended to one of them
/// (<see cref="Publication.Partition"/>, else by hash of <see cref="Publication.OrderingKey"/>, else round robin), and
/// routed by its bindings as well; the sequence and position that <see cref="IConnectionSink.Published"/> reports are
/// those of the partition.
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
    /// <param name="settings">Of the new ones.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <returns>Ok, TopicNotFound, LimitReached.</returns>
    ValueTask<Reply> GrowAsync(
        TopicId topic, GroupId group, int count, QueueSettings settings, CancellationToken cancellation);

    /// <summary>Reads at the group's leader, waiting if asked to.</summary>
    /// <returns>Ok, also with no message; QueueNotFound, Unavailable, TimedOut.</returns>
    ValueTask<(Reply Reply, PartitionRead? Read)> ReadAsync(
        QueueId partition, PartitionQuery query, CancellationToken cancellation);

    /// <returns>Ok, QueueNotFound, Unavailable, TimedOut.</returns>
    ValueTask<(Reply Reply, PartitionBounds Bounds)> GetBoundsAsync(
        QueueId partition, CancellationToken cancellation);

    /// <summary>The first offset whose message was stored at or after a log time, Unix ms; the end when there is
    /// none.</summary>
    ValueTask<(Reply Reply, long Offset)> FindOffsetAsync(
        QueueId partition, long timeMs, CancellationToken cancellation);

    /// <summary>The message at a position of the cluster.</summary>
    /// <returns>Ok with null when it is not there (any more).</returns>
    ValueTask<(Reply Reply, PartitionMessage? Message)> FindByPositionAsync(
        long position, CancellationToken cancellation);

    /// <summary>Newest first: messages of a topic that carry a key (<see cref="MessageProperties.Keys"/>, or the message
    /// id) and were stored in a span of log time. Looks at a bounded number of messages per partition.</summary>
    ValueTask<(Reply Reply, IReadOnlyList<PartitionMessage> Messages)> FindByKeyAsync(
        TopicId topic, string key, long fromMs, long toMs, int most, CancellationToken cancellation);
}
