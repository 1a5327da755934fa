namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>
/// Messages that were published with <see cref="Publication.Park"/>: durable, but outside of any queue or partition
/// until they are shown, and then routed as a publish to their topic at that moment is. What is delayed for a topic with
/// partitions, a transaction's half message and a will are parked messages. The place of one is the position that
/// <see cref="IConnectionSink.Published"/> reported.
/// </summary>
public interface IParkedMessages
{
    /// <summary>Routes a prepared message (parked with an owner and without a time) now, as it was published: its time to
    /// live counts from here, and full queues take it, too. Ok means that it will be routed, whatever happens; it may
    /// reach its queues a moment later.</summary>
    /// <param name="position">Its place.</param>
    /// <param name="owner">As it was parked with.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <returns>Ok; Gone when it was shown or dropped before, or no prepared message of that owner and of this namespace
    /// is there; TimedOut, Unavailable.</returns>
    ValueTask<Reply> ShowAsync(long position, string owner, CancellationToken cancellation);

    /// <summary>Deletes a prepared message.</summary>
    /// <param name="position">Its place.</param>
    /// <param name="owner">As it was parked with.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <returns>As of <see cref="ShowAsync"/>.</returns>
    ValueTask<Reply> DropAsync(long position, string owner, CancellationToken cancellation);

    /// <summary>The topic that a prepared message was published to: who shows or drops one for a client asks first
    /// whether that client may write there.</summary>
    /// <param name="position">Its place.</param>
    /// <param name="owner">As it was parked with.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <returns>Ok and the topic's name; Gone as of <see cref="ShowAsync"/>; TimedOut, Unavailable.</returns>
    ValueTask<(Reply Reply, string? Topic)> FindTopicAsync(
        long position, string owner, CancellationToken cancellation);

    /// <summary>Prepared messages of the namespace (parked with an owner, whoever that is, and without a time) that are
    /// older than an age, oldest first; each is given out again only after that age has passed once more.</summary>
    /// <param name="group">A data group; its leader is asked.</param>
    /// <param name="olderThanMs">Age, ms.</param>
    /// <param name="most">Messages, at most; never more than 1,024 or, but for the first, 4 MiB.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <returns>Ok; NotAllowed when it is no data group; TimedOut, Unavailable.</returns>
    ValueTask<(Reply Reply, IReadOnlyList<ParkedMessage> Messages)> ListAsync(
        GroupId group, long olderThanMs, int most, CancellationToken cancellation);
}
