namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>
/// Sessions that may outlive their connection (DESIGN section 3, class b): by hash of the name in a data group,
/// replicated. Of all connections in the namespace one owns a session of a name at a time; opening takes over. A session
/// is its user's, also one that ends with its connection: for every other user the name is taken as long as it lives.
/// </summary>
public interface ISessions
{
    /// <summary>
    /// Opens the session of a name for this connection. Whoever had it is told <see cref="ISubscriberSink.TakenOver"/>,
    /// and nothing that it still sends counts. Writes nothing to a log when nothing must outlive the connection: clean,
    /// no expiry, no will, and no earlier session of that name. A session without expiry ends when it is taken over; its
    /// will, and any other that is to come without delay, is published by that. The connection's sink must be an
    /// <see cref="ISubscriberSink"/>. Cancelling takes the opening back, its will included.
    /// </summary>
    /// <returns>Ok with the session; Gone when another connection opened it meanwhile; AccessDenied: it is another user's,
    /// and stays as it was; BadName; TooLarge (a will above 256 KiB, or with properties and keys above 1 MiB together),
    /// TooManyHeld (too many parked messages); LimitReached, Unavailable, TimedOut.</returns>
    ValueTask<(Reply Reply, ISession? Session)> OpenAsync(SessionOpening opening, CancellationToken cancellation);
}
