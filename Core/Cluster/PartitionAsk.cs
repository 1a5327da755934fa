using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>What a node asks a group's leader about its partitions; answered by <see cref="PartitionSaid"/>.</summary>
internal abstract record PartitionAsk
{
    /// <summary><see cref="RolePart.Number"/> of the part that answers.</summary>
    public const byte Part = 4;

    public sealed record Read(QueueId Partition, PartitionQuery Query) : PartitionAsk;

    /// <summary>Nobody waits any more for the read that was asked under a number. No response.</summary>
    public sealed record Cancel(long Number) : PartitionAsk;

    public sealed record Bounds(QueueId Partition) : PartitionAsk;

    public sealed record FindOffset(QueueId Partition, long TimeMs) : PartitionAsk;

    /// <param name="Namespace">Of who asks: positions are easily guessed, and the partitions of others are not his.</param>
    public sealed record FindPosition(long Position, NamespaceId Namespace) : PartitionAsk;

    /// <param name="Partitions">Of this group.</param>
    /// <param name="ToMs">Inclusive.</param>
    public sealed record FindKey(
        IReadOnlyList<QueueId> Partitions, string Key, long FromMs, long ToMs, int Most) : PartitionAsk;
}
