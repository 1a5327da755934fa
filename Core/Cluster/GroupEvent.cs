using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>What a group's thread is woken with.</summary>
internal abstract record GroupEvent
{
    /// <summary>A Raft message; the peer's wall clock came with it.</summary>
    public sealed record Raft(RaftMessage Message) : GroupEvent;

    /// <summary>A batch to propose, from this node or a peer. The memory is this group's from now on.</summary>
    public sealed record Batch(Memory<byte> Payload) : GroupEvent;

    /// <summary>A write to the store is durable.</summary>
    public sealed record Stored : GroupEvent
    {
        public static readonly Stored Instance = new();
    }

    /// <summary>A request to the group's leader.</summary>
    public sealed record Request(NodeRequest Value) : GroupEvent;

    /// <summary>Another group has what this one sent, up to a number.</summary>
    public sealed record OutboxAnswer(
        GroupId Target, LaneSource Source, long Number, LaneVerdict Verdict, long Expected) : GroupEvent;

    public sealed record PeerConnected(NodeId Peer) : GroupEvent;

    public sealed record PeerDisconnected(NodeId Peer) : GroupEvent;

    /// <summary>This node stops: the heir is to lead instead, if it can.</summary>
    public sealed record HandOver(NodeId Heir) : GroupEvent;

    /// <summary>Anything else that must run on the group's thread.</summary>
    public sealed record Run(Action Action) : GroupEvent;
}
