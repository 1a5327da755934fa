namespace Cmq.MultiProtocol.Core.ConsumerGroups;

/// <summary>First byte of a consumer group's command. On disk: never renumber.</summary>
internal enum ConsumerGroupCommandKind : byte
{
    // From nodes.
    Join = 96,
    Leave = 97,
    LeaveAll = 98,
    CommitOffset = 99,
    Lock = 100,
    Unlock = 101,

    /// <summary>Proposed by the data group's leader: a member was silent for too long.</summary>
    Drop = 102,

    /// <summary>Proposed by the data group's leader: partitions were deleted.</summary>
    Prune = 103,

    // From nodes.
    Delete = 104,
}
