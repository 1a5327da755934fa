using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>What a group's thread needs of its node. Thread-safe, never blocks.</summary>
internal interface INodeLinks
{
    NodeId Self { get; }

    /// <summary>Tells the source of a batch what became of it: a node, or another group's leader.</summary>
    void Answer(GroupId group, in BatchResult result);

    /// <summary>Gets a batch to the leader of a group.</summary>
    /// <returns>False: it is not known, or cannot be reached now.</returns>
    bool SendBatch(GroupId target, Memory<byte> batch);

    /// <summary>Sends a message to a peer.</summary>
    bool SendPeer(NodeId to, PeerLane lane, in PeerMessage message);

    /// <summary>This member's idea of who leads the group has changed; itself only when it is active.</summary>
    void LeaderChanged(GroupId group, NodeId leader);

    /// <summary>The node must stop.</summary>
    void Fail(Exception reason);
}
