namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>
/// What the core tells a connection. Called on core threads, several at a time: implementations queue and return,
/// they never block or throw. What is queued is bounded by credit and by <see cref="LimitOptions.ConnectionPendingBytes"/>.
/// </summary>
public interface IConnectionSink
{
    /// <summary>The outcome of an accepted publish; not necessarily in the order of publishing.</summary>
    void Published(ulong tag, PublishOutcome outcome);

    /// <summary>A message for a consumer. Never before the attach was answered; never after a detach was.</summary>
    void Delivered(Delivery delivery);

    /// <summary>The consumer's queue was deleted; the consumer is gone.</summary>
    void Cancelled(int consumer);

    /// <summary>The end of a batch of the calls above: wake the writer once.</summary>
    void Flush();

    /// <summary>Publishing is held back (no quorum, low disk); <paramref name="reason"/> null: released.</summary>
    void Blocked(string? reason);

    /// <summary>The node lost its lease or stops: close the client in the protocol's words.</summary>
    void Closing(string reason);
}
