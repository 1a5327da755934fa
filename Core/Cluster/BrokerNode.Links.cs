using System.Buffers;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <content>What groups, lanes and peers say to each other.</content>
public sealed partial class BrokerNode : INodeLinks
{
    NodeId INodeLinks.Self => Self;

    private NodeId Self => _options.Id;

    /// <summary>Who leads a group as far as this node knows; 0 = nobody.</summary>
    internal NodeId LeaderOf(GroupId group)
    {
        if (group.IsLocal)
            return group.LocalNode;
        return _groups.TryGetValue(group, out RaftGroupHost? host) ? host.Leader : default;
    }

    /// <summary>How far this node has applied a group's log since its start.</summary>
    internal long AppliedIndexOf(GroupId group) => HostOf(group)?.Status.AppliedIndex ?? 0;

    bool INodeLinks.SendBatch(GroupId target, Memory<byte> batch) => SendBatch(target, batch);

    internal bool SendBatch(GroupId target, Memory<byte> batch)
    {
        NodeId leader = LeaderOf(target);
        if (leader.Value == 0)
            return false;
        if (leader != Self)
            return SendPeer(leader, PeerLane.Data, new PeerMessage((byte)PeerKind.LaneBatch, target, batch));
        if (HostOf(target) is not { } host)
            return false;
        host.Post(new GroupEvent.Batch(batch));
        return true;
    }

    internal bool SendRequest(GroupId group, NodeRequest request)
    {
        NodeId leader = LeaderOf(group);
        return leader.Value != 0 && SendRequest(leader, group, request);
    }

    internal bool SendRequest(NodeId to, GroupId group, NodeRequest request)
    {
        if (to != Self)
        {
            return SendPeer(to, PeerLane.Data, new PeerMessage(
                (byte)PeerKind.Request, group, PeerCodec.WriteRequest(request)));
        }

        if (HostOf(group) is not { } host)
            return false;
        host.Post(new GroupEvent.Request(request));
        return true;
    }

    public bool SendPeer(NodeId to, PeerLane lane, in PeerMessage message) =>
        _transport?.Send(to, lane, message) ?? false;

    void INodeLinks.Answer(GroupId group, in BatchResult result)
    {
        NodeId to = result.Source.Kind == LaneSourceKind.Node
            ? new NodeId(result.Source.Id)
            : LeaderOf(new GroupId(result.Source.Id));
        if (to == Self)
            Answered(group, result);
        else if (to.Value != 0)
            SendPeer(to, PeerLane.Data, new PeerMessage((byte)PeerKind.LaneAnswer, group, PeerCodec.WriteAnswer(result)));
    }

    void INodeLinks.LeaderChanged(GroupId group, NodeId leader)
    {
        if (leader.Value != 0)
            _life?.LeaderFound(group);
    }

    void INodeLinks.Fail(Exception reason) => Fail(reason);

    /// <summary>A leader's response to a request of some node.</summary>
    internal void Respond(NodeIncarnation to, GroupId group, long number, object response)
    {
        if (to.Node != Self)
        {
            SendPeer(to.Node, PeerLane.Data, new PeerMessage(
                (byte)PeerKind.Response, group, PeerCodec.WriteResponse(to, number, response)));
            return;
        }

        if (_life is { } life && life.Life == to)
            life.Responded(group, number, response);
    }

    internal BrokerConnection? Connection(ConnectionKey key) =>
        _life is { } life && life.Life == key.Owner ? life.Connection(key.Number) : null;

    private void RespondReply(NodeIncarnation to, long number, Reply reply) =>
        Respond(to, GroupId.Directory, number, reply);

    /// <summary>Asks a node what it holds of a group. The answer is behind what the node was sent before.</summary>
    /// <returns>False: it cannot be asked now.</returns>
    internal bool AskToAnnounce(NodeId to, GroupId group, DeliveryFence fence)
    {
        if (to != Self)
        {
            var output = new ArrayBufferWriter<byte>(16);
            PeerCodec.WriteFence(output, fence);
            return SendPeer(to, PeerLane.Data, new PeerMessage((byte)PeerKind.Resync, group, output.WrittenMemory));
        }

        _life?.Announce(group, fence, Self);
        return true;
    }

    private void Answered(GroupId group, in BatchResult result)
    {
        if (result.Source.Kind == LaneSourceKind.Node)
        {
            if (_life is { } life && result.Source == LaneSource.Of(life.Life))
                life.Answered(group, result);
            return;
        }

        HostOf(new GroupId(result.Source.Id))?.Post(new GroupEvent.OutboxAnswer(
            group, result.Source, result.Number, result.Verdict, result.Expected));
    }

    private GroupHost? HostOf(GroupId group)
    {
        if (group.IsLocal)
            return _life is { } life && life.LocalGroup == group ? life.Local : null;
        return _groups.GetValueOrDefault(group);
    }

    private void Fail(Exception reason)
    {
        if (!_failed.TrySetException(reason))
            return;
        GroupTrace.NodeFailed(_log, reason);
        _life?.CloseClients("internal error");
    }
}
