namespace Cmq.MultiProtocol.Core.ConsumerGroups;

/// <summary>The state of one consumer group.</summary>
internal sealed class ConsumerGroup
{
    /// <summary>By name, in ordinal order.</summary>
    public SortedDictionary<string, GroupMember> Members { get; } = new(StringComparer.Ordinal);

    /// <summary>By number of the partition.</summary>
    public SortedDictionary<long, long> Offsets { get; } = [];

    /// <summary>By number of the partition; those that have run out are in it until they are swept.</summary>
    public SortedDictionary<long, PartitionLock> Locks { get; } = [];

    /// <summary>Higher with every change of members or their metadata, also when the group was gone meanwhile.</summary>
    public long Generation { get; set; }

    /// <summary>Log time at which the locks are looked through, Unix ms; <see cref="long.MaxValue"/> = not at all.</summary>
    public long SweepMs { get; set; } = long.MaxValue;

    public bool IsEmpty => Members.Count == 0 && Offsets.Count == 0 && Locks.Count == 0;
}
