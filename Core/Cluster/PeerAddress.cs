namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Where a peer listens (<c>Cluster:Peers</c>).</summary>
public sealed record PeerAddress(NodeId Id, string Host, int Port);
