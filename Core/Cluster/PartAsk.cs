namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>A request to the leader of a data group for one part of its machine.</summary>
/// <param name="Part"><see cref="RolePart.Number"/>.</param>
/// <param name="Body">In the part's own encoding.</param>
internal sealed record PartAsk(byte Part, ReadOnlyMemory<byte> Body);
