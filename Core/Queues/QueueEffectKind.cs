namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>What apply tells the leader's dispatcher; hints, not state.</summary>
internal enum QueueEffectKind : byte
{
    QueueCreated,
    QueueChanged,

    /// <summary>Number: the token of the leader's command, or 0.</summary>
    QueueDeleted,

    /// <summary>Number: token. First: the <see cref="Reply"/>.</summary>
    DeleteRefused,

    /// <summary>First, Count: new messages.</summary>
    Stored,

    /// <summary>First, Count: they are gone, settled or dropped.</summary>
    Settled,

    /// <summary>
    /// First, Count: delivered before, and to be delivered again. Consumer: who gave them back, if known.
    /// </summary>
    Returned,

    /// <summary>
    /// First, Count: to be delivered for the first time (a delay or an unused check-out is over).
    /// </summary>
    Visible,

    /// <summary>Request: what it checked out can be read from the queue's state.</summary>
    CheckedOut,

    /// <summary>Number: token. Count: how many were dropped.</summary>
    DropDone,

    /// <summary>First, Count: settled messages that are ready again.</summary>
    Rewound,

    /// <summary>Number: token.</summary>
    RewindDone,
    MarkMoved,

    /// <summary>Consumer. Number: its priority. First: its epoch.</summary>
    Attached,
    Detached,

    /// <summary>Consumer: its connection is closed.</summary>
    ConnectionClosed,

    /// <summary>Consumer: the node of its connection is gone.</summary>
    NodeGone,

    /// <summary>Number: of the duty.</summary>
    DutyAdded,

    /// <summary>Number: of the duty.</summary>
    DutyDone,
    Ticked,
}
