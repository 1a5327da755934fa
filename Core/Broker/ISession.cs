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
    /// number of <see cref="RecordInboundAsync"/> it makes publications distinct (<see cref="Publication.Producer"/>). 0 for
    /// one without expiry that is not present: nothing of it can come again by another connection, and a producer 0 makes
    /// nothing distinct.</summary>
    long Id { get; }

    /// <summary>Counted up with every opening of the name; for <see cref="ConsumerOptions.Epoch"/>.</summary>
    long Epoch { get; }

    /// <summary>Filter and the adapter's own bytes.</summary>
    IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>> Subscriptions { get; }

    /// <summary>Inbound ids that are not freed, with their publisher's numbers.</summary>
    IReadOnlyList<KeyValuePair<int, long>> Inbound { get; }

    /// <summary>Numbers recorded by <see cref="RecordReleasedAsync"/> and not forgotten.</summary>
    IReadOnlyList<long> Released { get; }

    /// <summary>Adds or replaces a subscription's record; durable when answered. Nothing of this and the following is kept
    /// beyond the connection for a session without expiry.</summary>
    /// <returns>Ok; LimitReached: 65,536 subscriptions, or 16 MiB of them; TimedOut, Unavailable.</returns>
    ValueTask<Reply> PutSubscriptionAsync(
        string filter, ReadOnlyMemory<byte> options, CancellationToken cancellation);

    ValueTask<Reply> RemoveSubscriptionAsync(string filter, CancellationToken cancellation);

    /// <summary>Records that a message with this id came in, or finds the record of it; durable when answered.</summary>
    /// <returns>Ok and the publisher's number of it: counted up, from 1, never used twice in this session; LimitReached:
    /// 65,536 ids; TimedOut, Unavailable.</returns>
    ValueTask<(Reply Reply, long Number)> RecordInboundAsync(int id, CancellationToken cancellation);

    /// <summary>Frees an inbound id; durable when answered.</summary>
    ValueTask<Reply> ForgetInboundAsync(int id, CancellationToken cancellation);

    /// <summary>Records that the receiver has an outbound message for good; durable when answered.</summary>
    /// <returns>Ok; LimitReached: 65,536 numbers; TimedOut, Unavailable.</returns>
    ValueTask<Reply> RecordReleasedAsync(long number, CancellationToken cancellation);

    /// <summary>The receiver has finished with it; no answer is awaited.</summary>
    void ForgetReleased(long number);

    /// <summary>Tells all nodes that the client is there, so that one that is left tells of its end when this node dies
    /// (<see cref="ILostClients"/>). In memory only. Done when it counts: that is at once, unless an earlier connection to
    /// the session is there yet, or was on a node whose clients' end is still to be told.</summary>
    /// <param name="card">What to say of it then; copied.</param>
    /// <returns>False: the session was let go of before it came to that.</returns>
    ValueTask<bool> AppearAsync(ReadOnlyMemory<byte> card, CancellationToken cancellation);

    /// <summary>The client is there no more. Letting go of the session does the same.</summary>
    void Disappear();

    /// <summary>Lets go of the session. Nothing may be called after it.</summary>
    /// <returns>Ok when the session's end, or its being left, is durable; Gone, TimedOut, Unavailable.</returns>
    ValueTask<Reply> CloseAsync(SessionEnd end, CancellationToken cancellation);
}
