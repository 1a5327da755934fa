namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>First byte of a queue group's command. On disk: never renumber.</summary>
public enum QueueCommandKind : byte
{
    // From the directory.
    CreateQueue = 1,
    ChangeQueue = 2,
    RemoveQueue = 3,
    NodeGone = 4,

    // From nodes (a publish also from other groups, when a message moves).
    Publish = 16,
    Chunk = 17,
    Settle = 18,
    SettleReceipts = 19,
    Attach = 20,
    Detach = 21,
    CloseConnection = 22,

    // Proposed by the group's leader.
    CheckOut = 32,

    /// <summary>Undoes a check-out whose request was given up before it was answered.</summary>
    Release = 33,
    Drop = 34,

    /// <summary>What a vanished holder held goes back, and counts as delivered once more.</summary>
    Return = 35,
    DeleteQueue = 36,
    Rewind = 37,
    MarkDelivered = 38,
    Tick = 39,
    RouteDuty = 40,
}
