namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>What nodes tell each other when a connection opens.</summary>
/// <param name="ClusterId">Empty before the node has a bootstrap record.</param>
/// <param name="StoreId">Identity of the node's disk; (node, store) is a replica.</param>
/// <param name="ProtocolVersion">Peer protocol version; differing versions do not talk.</param>
public sealed record PeerHello(NodeId Node, Guid ClusterId, Guid StoreId, long Incarnation, int ProtocolVersion);
