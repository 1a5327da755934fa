namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>The response to a <see cref="PartAsk"/>.</summary>
/// <param name="Body">In the part's own encoding; empty unless the reply is Ok.</param>
internal sealed record PartSaid(Reply Reply, ReadOnlyMemory<byte> Body);
