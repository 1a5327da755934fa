namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Connections to the other nodes. Thread-safe. Messages of one lane arrive in order or, when a connection
/// breaks, are lost from some point on; the layers above repeat what matters.</summary>
public interface IPeerTransport : IAsyncDisposable
{
    /// <summary>Queues a message; never blocks.</summary>
    /// <returns>False: not connected, or the peer's queue (bytes) is full; the message is dropped.</returns>
    bool Send(NodeId to, PeerLane lane, in PeerMessage message);

    /// <summary>The hello of a peer whose lanes are all connected; null otherwise.</summary>
    PeerHello? Connected(NodeId peer);

    /// <summary>Ends the connection to a peer, where there is one; with the next one both say anew who they are.</summary>
    void Reset(NodeId peer);
}
