namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Receives what the transport has. Called on transport threads; must queue and return.</summary>
public interface IPeerHandler
{
    /// <summary>This node's own hello, asked for at each new connection.</summary>
    PeerHello Hello { get; }

    /// <summary>Whether to talk to a peer with that hello (cluster id, store id); the text says why not.</summary>
    string? Refuse(PeerHello hello);

    /// <summary>A message. Whatever it throws ends the connection to that peer; a <c>PeerProtocolException</c> is the
    /// peer's mistake, anything else ours.</summary>
    void Received(NodeId from, PeerLane lane, in PeerMessage message);

    /// <summary>All lanes to the peer are up.</summary>
    void PeerConnected(PeerHello hello);

    /// <summary>A lane broke; the others are being closed, and all will be opened anew.</summary>
    void PeerDisconnected(NodeId peer);
}
