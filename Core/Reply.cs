namespace Cmq.MultiProtocol.Core;

/// <summary>The expected answers of the core. Adapters map every failing value to their protocol's code.
/// The values are in lane answers and snapshots: never renumber.</summary>
public enum Reply : byte
{
    Ok = 0,

    /// <summary>The namespace does not exist.</summary>
    NamespaceNotFound = 1,
    TopicNotFound = 2,
    QueueNotFound = 3,

    /// <summary>An entity of that name exists; the answer carries it, the caller compares.</summary>
    AlreadyExists = 4,

    /// <summary>Conditional delete: there are consumers (queue) or bindings (topic).</summary>
    InUse = 5,

    /// <summary>Conditional delete: messages are ready.</summary>
    NotEmpty = 6,
    AccessDenied = 7,

    /// <summary>The queue belongs to another connection.</summary>
    Locked = 8,

    /// <summary>An exclusive consumer is attached, or others are where one wants to be.</summary>
    ExclusiveUse = 9,

    /// <summary>The check-out number is not the latest one of a message, or its deadline has passed.</summary>
    CheckOutExpired = 10,

    /// <summary>A limit of the queue refuses the message.</summary>
    Full = 11,

    /// <summary>The message is larger than the queue or the broker allows.</summary>
    TooLarge = 12,

    /// <summary>The queue keeps no settled messages.</summary>
    RewindOff = 13,

    /// <summary>A named limit on the number of entities is reached.</summary>
    LimitReached = 14,

    /// <summary>Too many messages are checked out or delayed.</summary>
    TooManyHeld = 15,

    /// <summary>No majority answered in time; the outcome is unknown.</summary>
    TimedOut = 16,

    /// <summary>This node is not ready (no lease) or stopping.</summary>
    Unavailable = 17,

    /// <summary>The target was deleted.</summary>
    Gone = 18,

    /// <summary>The operation contradicts what the entity is (a system topic, the default topic...).</summary>
    NotAllowed = 19,

    /// <summary>The name is already used for something else or is not acceptable.</summary>
    BadName = 20,
}
