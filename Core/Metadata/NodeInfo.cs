namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>A registered, live node.</summary>
/// <param name="Incarnation">Its present life.</param>
/// <param name="StoreId">The UUID of its store.</param>
/// <param name="ClusterAddress">Where its peers reach it, host:port.</param>
public sealed record NodeInfo(NodeIncarnation Incarnation, Guid StoreId, string ClusterAddress);
