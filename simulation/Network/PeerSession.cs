using Cmq.MultiProtocol.Core;

namespace Cmq.MultiProtocol.Simulation.Network;

/// <summary>The three connections of a pair of nodes, from their opening to their break.</summary>
internal sealed class PeerSession(NodeEnd low, NodeEnd high)
{
    public NodeEnd Low => low;

    public NodeEnd High => high;

    public NodeEnd EndOf(NodeId node) => low.Node == node ? low : high;

    public NodeEnd OtherEnd(NodeId node) => low.Node == node ? high : low;
}
