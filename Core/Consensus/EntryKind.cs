namespace Cmq.MultiProtocol.Core.Consensus;

/// <summary>What a Raft entry carries. The values are on disk and on the wire.</summary>
public enum EntryKind : byte
{
    /// <summary>An empty entry that a new leader commits to learn how far its predecessor got.</summary>
    Leader = 0,

    /// <summary>A batch for the state machine.</summary>
    Batch = 1,

    /// <summary>The group's configuration from here on (<see cref="GroupMembersCodec"/>), whole.</summary>
    Configuration = 2,
}
