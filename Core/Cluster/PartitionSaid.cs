using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>The response to a <see cref="PartitionAsk"/>.</summary>
/// <param name="Offset">Read: where to go on. FindOffset: the offset.</param>
/// <param name="Bounds">Read, Bounds: of the partition; the times only where they were asked for.</param>
/// <param name="Messages">What was read or found.</param>
internal sealed record PartitionSaid(
    Reply Reply, long Offset, PartitionBounds Bounds, IReadOnlyList<PartitionMessage> Messages)
{
    public static PartitionSaid Refused(Reply reply) => new(reply, 0, default, []);
}
