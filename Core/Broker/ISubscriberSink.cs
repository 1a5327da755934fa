namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>A connection that also uses <see cref="ISubscriptions"/> or <see cref="ISessions"/>.</summary>
public interface ISubscriberSink : IConnectionSink
{
    /// <summary>A message that one of the connection's filters matches: once, however many of them do, and once more
    /// for each share group that picked this connection. At most once (no settling); what a slow client cannot take is
    /// the sink's to drop. The message is shared with other sinks. Called on the threads of publishers, several at
    /// a time; <see cref="IConnectionSink.Flush"/> follows. What one connection publishes comes in its order.</summary>
    /// <param name="message">As it would come from a queue; <see cref="StoredMessage.PublishedMs"/> is by the wall clock
    /// of the publisher's node, unless it died in a queue before.</param>
    /// <param name="shareGroup">Null, or the share group it was picked for.</param>
    /// <param name="pattern">The pattern of the share group's filter; null without a share group.</param>
    void Heard(StoredMessage message, string? shareGroup, string? pattern);

    /// <summary>Another connection opened the session of that name: this one must close, and owns nothing of it any
    /// more. Disposing the connection is enough; its sessions need not be closed.</summary>
    void TakenOver(string session);
}
