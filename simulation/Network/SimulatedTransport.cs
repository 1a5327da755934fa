using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Cluster;

namespace Cmq.MultiProtocol.Simulation.Network;

/// <summary>One life of a node as the network sees it.</summary>
internal sealed class SimulatedTransport(SimulatedNetwork network, NodeId node, int life, IPeerHandler handler)
    : IPeerTransport
{
    public NodeId Node => node;

    public int Life => life;

    public IPeerHandler Handler => handler;

    public bool Send(NodeId to, PeerLane lane, in PeerMessage message) => network.Send(this, to, lane, message);

    public PeerHello? Connected(NodeId peer) => network.Connected(this, peer);

    public void Reset(NodeId peer) => network.Reset(this, peer);

    public ValueTask DisposeAsync()
    {
        network.Leave(this);
        return ValueTask.CompletedTask;
    }
}
