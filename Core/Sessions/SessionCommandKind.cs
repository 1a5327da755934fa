namespace Cmq.MultiProtocol.Core.Sessions;

/// <summary>First byte of a command of <see cref="SessionPart"/>. On disk: never renumber.</summary>
internal enum SessionCommandKind : byte
{
    // From nodes.
    Open = 64,
    Close = 65,
    End = 66,
    PutSubscription = 67,
    RemoveSubscription = 68,
    RecordInbound = 69,
    ForgetInbound = 70,
    RecordReleased = 71,
    ForgetReleased = 72,

    /// <summary>From the group of a session that has ended: its numbers mean nothing any more.</summary>
    ForgetProducer = 73,
}
