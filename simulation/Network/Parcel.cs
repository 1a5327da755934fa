using Cmq.MultiProtocol.Core.Cluster;

namespace Cmq.MultiProtocol.Simulation.Network;

/// <summary>A message on its way.</summary>
/// <param name="SentUs">When it was sent, microseconds.</param>
internal readonly record struct Parcel(PeerMessage Message, long SentUs);
