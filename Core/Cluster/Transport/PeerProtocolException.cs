namespace Cmq.MultiProtocol.Core.Cluster.Transport;

/// <summary>The other side broke the peer protocol, or is not to be talked to: the connection
/// closes.</summary>
internal sealed class PeerProtocolException(string message) : Exception(message);
