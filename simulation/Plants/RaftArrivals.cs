using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Simulation.Nodes;

namespace Cmq.MultiProtocol.Simulation.Plants;

/// <summary>Changes what members of a group hear from each other when it arrives, knowing who hears it.</summary>
/// <param name="change">What becomes of a message to a member.</param>
internal sealed class RaftArrivals(Func<RaftNode, RaftMessage, RaftMessage> change) : Plant
{
    /// <summary>The sender's wall clock stands before the message.</summary>
    private const int ClockBytes = sizeof(long);

    public override IPeerHandler Wrap(SimulatedNode node, IPeerHandler handler) => new Handler(node, handler, change);

    /// <summary>Who led in an earlier term is followed in the present one.</summary>
    public static RaftMessage FollowLateLeader(RaftNode raft, RaftMessage message) =>
        message.Kind is RaftMessageKind.Append or RaftMessageKind.Heartbeat
            ? message with { Term = Math.Max(raft.Term, message.Term) }
            : message;

    /// <summary>A repeated entry is taken for one that differs, and all behind it is cut.</summary>
    public static RaftMessage CutWhatMatches(RaftNode raft, RaftMessage message) =>
        message.Kind == RaftMessageKind.Append
            ? message with { Entries = new CuttingEntries(raft, message.Entries) }
            : message;

    private sealed class Handler(
        SimulatedNode node, IPeerHandler inner, Func<RaftNode, RaftMessage, RaftMessage> change) : IPeerHandler
    {
        public PeerHello Hello => inner.Hello;

        public string? Refuse(PeerHello hello) => inner.Refuse(hello);

        public void PeerConnected(PeerHello hello) => inner.PeerConnected(hello);

        public void PeerDisconnected(NodeId peer) => inner.PeerDisconnected(peer);

        public void Received(NodeId from, PeerLane lane, in PeerMessage message)
        {
            GroupId group = message.Group;
            if (message.Kind != (byte)PeerKind.Raft
                || node.Broker?.Hosts.FirstOrDefault(one => one.Group == group) is not { } host
                || !host.Raft.Members.Voters.Contains(from)
                || !RaftMessageCodec.TryRead(message.Payload[ClockBytes..], out RaftMessage raft))
            {
                inner.Received(from, lane, message);
                return;
            }

            var reader = new StateReader(message.Payload);
            host.Clock.Heard(from, reader.ReadInt64());
            RaftMessage changed = change(host.Raft, raft);
            host.Post(new GroupEvent.Raft(changed));
            (changed.Entries as CuttingEntries)?.Arm();
        }
    }
}
