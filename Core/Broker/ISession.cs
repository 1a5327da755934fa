namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>
/// An open session. What the properties say is as of opening; the adapter keeps its own account from there. Every
/// method answers <see cref="Reply.Gone"/> after another connection has taken over. Disposing the connection without
/// <see cref="CloseAsync"/> counts as <c>FireWill</c> with the expiry of the opening.
/// </summary>
public interface ISession
{
    /// <summary>Something of an earlier connection is left: subscriptions, ids.</summary>
    bool IsPresent { get; }

    /// <summary>Names the session for ever: never used again, also not by a later session of the same name. With a
    /// number of <see cref="RecordInboundAsync"/> it makes publications distinct (<see cref="Publication.Producer"/>).</summary>
    long Id { get; }

    /// <summary>Filter and the adapter's own bytes.</summary>
    IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>> Subscriptions { get; }

    /// <summary>Inbound ids that are not freed, with their publisher's numbers.</summary>
    IReadOnlyList<KeyValuePair<int, long>> Inbound { get; }

    /// <summary>Numbers recorded by <see cref="RecordReleasedAsync"/> and not forgotten.</summary>
    IReadOnlyList<long> Released { get; }

    /// <summary>Adds or replaces a subscription's record; durable when answered (not for a session without expiry,
    /// which keeps it in memory only).</summary>
    ValueTask<Reply> PutSubscriptionAsync(
        string filter, ReadOnlyMemory<byte> options, CancellationToken cancellation);

    ValueTask<Reply> RemoveSubscriptionAsync(string filter, CancellationToken cancellation);

    /// <summary>Records that a message with this id came in, or finds the record of it; durable when answered.</summary>
    /// <returns>Ok and the publisher's number of it: counted up, from 1, never used twice in this session.</returns>
    ValueTask<(Reply Reply, long Number)> RecordInboundAsync(int id, CancellationToken cancellation);

    /// <summary>Frees an inbound id; durable when answered.</summary>
    ValueTask<Reply> ForgetInboundAsync(int id, CancellationToken cancellation);

    /// <summary>Records that the receiver has an outbound message for good; durable when answered.</summary>
    ValueTask<Reply> RecordReleasedAsync(long number, CancellationToken cancellation);

    /// <summary>The receiver has finished with it; no answer is awaited.</summary>
    void ForgetReleased(long number);

    /// <summary>Lets go of the session. Nothing may be called after it.</summary>
    ValueTask<Reply> CloseAsync(SessionEnd end, CancellationToken cancellation);
}
