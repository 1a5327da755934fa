namespace Cmq.MultiProtocol.Core.Cluster.Transport;

/// <summary>A message, or an empty frame, on its way out.</summary>
internal readonly record struct OutboundFrame(FrameType Type, PeerMessage Message);
