namespace Cmq.MultiProtocol.Core.ConsumerGroups;

/// <summary>
/// Limits of the consumer groups in one data group. They decide what a command answers
/// (<see cref="Reply.LimitReached"/>), so every member must have the same.
/// </summary>
internal sealed record ConsumerGroupLimits
{
    /// <summary>Groups that have members, offsets or locks, a count.</summary>
    public int MaxGroups { get; init; } = 65_536;

    /// <summary>Members of one group, a count.</summary>
    public int MaxMembers { get; init; } = 4_096;

    /// <summary>Metadata of all members together, bytes; the members of one group travel in one message.</summary>
    public long MaxMetadataBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>Offsets of one group, a count.</summary>
    public int MaxOffsets { get; init; } = 65_536;

    /// <summary>Offsets of all groups together, a count.</summary>
    public int MaxAllOffsets { get; init; } = 1_000_000;

    /// <summary>Locked partitions of one group, a count; beyond it a partition is not locked.</summary>
    public int MaxLocks { get; init; } = 65_536;

    /// <summary>Locked partitions of all groups together, a count.</summary>
    public int MaxAllLocks { get; init; } = 1_000_000;

    /// <summary>Locks that have run out are cleared away at multiples of this log time, ms: not each of them is worth
    /// an entry of the log.</summary>
    public long SweepStepMs { get; init; } = 10_000;

    /// <summary>Groups whose locks one tick looks through, a count.</summary>
    public int MaxGroupsPerTick { get; init; } = 64;
}
