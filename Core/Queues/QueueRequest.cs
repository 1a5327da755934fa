namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>
/// What a node asks a queue's leader; nothing of it is in the log, so it is sent again to a new leader.
/// </summary>
/// <param name="Id">Names the request and, but for credit, its answer.</param>
/// <param name="Queue">The queue.</param>
public abstract record QueueRequest(RequestId Id, QueueId Queue)
{
    /// <summary>Figures. <paramref name="Touch"/>: counts as a use for the idle expiry.</summary>
    public sealed record Status(RequestId Id, QueueId Queue, bool Touch) : QueueRequest(Id, Queue);

    /// <summary>
    /// One ready message, or none at once. <paramref name="AutoSettle"/>: the leader settles it.
    /// </summary>
    public sealed record Get(RequestId Id, QueueId Queue, ConnectionKey Connection, bool AutoSettle)
        : QueueRequest(Id, Queue);

    /// <summary>Strict check-out of up to <paramref name="Max"/> messages, waiting for the first.</summary>
    public sealed record Receive(RequestId Id, QueueId Queue, ConnectionKey Connection, int Max, int WaitMs)
        : QueueRequest(Id, Queue);

    /// <summary>Gives a waiting receive up; <paramref name="Id"/> is the receive's, which is answered Ok with
    /// nothing, unless its answer is out already.</summary>
    public sealed record CancelReceive(RequestId Id, QueueId Queue) : QueueRequest(Id, Queue);

    /// <summary>How many messages the consumer was ever allowed; never answered.</summary>
    public sealed record Credit(RequestId Id, QueueId Queue, ConsumerKey Consumer, long Granted)
        : QueueRequest(Id, Queue);

    /// <summary>Drops what is ready; the answer counts it.</summary>
    public sealed record Purge(RequestId Id, QueueId Queue) : QueueRequest(Id, Queue);

    /// <summary>Deletes the queue; answered Ok with the ready count, InUse, NotEmpty.</summary>
    public sealed record Delete(RequestId Id, QueueId Queue, bool IfUnused, bool IfEmpty)
        : QueueRequest(Id, Queue);

    /// <summary>Answered Ok, RewindOff.</summary>
    public sealed record Rewind(RequestId Id, QueueId Queue, long FromMs) : QueueRequest(Id, Queue);
}
