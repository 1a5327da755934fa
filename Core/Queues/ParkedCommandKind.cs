namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>First byte of a command of <see cref="ParkedPart"/>. On disk: never renumber.</summary>
internal enum ParkedCommandKind : byte
{
    // From nodes.
    Park = 112,
    Show = 113,
    Drop = 114,

    /// <summary>From the leader: prepared messages are given out to be asked about.</summary>
    List = 115,
}
