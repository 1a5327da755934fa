namespace Cmq.MultiProtocol.Core.LastValues;

/// <summary>Commands of last values. On disk: never renumber.</summary>
internal enum LastValueCommandKind : byte
{
    // From nodes.
    Put = 80,
    Clear = 81,

    // Proposed by the group's leader.
    DropTopic = 82,
}
