namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>
/// Messages that were published with <see cref="Publication.Park"/>: durable, but outside of any queue or partition
/// until they are shown, and then routed as a publish to their topic at that moment is. What is delayed for a topic with
/// partitions, a transaction's half message and a will are parked messages. The place of one is the position that
/// <see cref="IConnectionSink.Published"/> reported.
/// </summary>
public interface IParkedMessages
{
    /// <summary>Routes it now.</summary>
    /// <returns>Ok; Gone when it was shown or dropped before.</returns>
    ValueTask<Reply> ShowAsync(long position, CancellationToken cancellation);

    /// <returns>Ok; Gone when it was shown or dropped before.</returns>
    ValueTask<Reply> DropAsync(long position, CancellationToken cancellation);

    /// <summary>Prepared messages (parked without a time) of an owner that are older than an age; each is given out
    /// again only after that age has passed once more, and <paramref name="most"/> at a time.</summary>
    /// <param name="group">A data group; its leader is asked.</param>
    /// <param name="olderThanMs">Age, ms.</param>
    /// <param name="most">Messages, at most.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    ValueTask<(Reply Reply, IReadOnlyList<ParkedMessage> Messages)> ListAsync(
        GroupId group, long olderThanMs, int most, CancellationToken cancellation);
}
