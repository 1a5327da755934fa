using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Messages that a leader hands to consumers: to this node's connections at once, to other nodes in batches.
/// Group thread.</summary>
internal sealed class DeliveryOutbox(NodeServices services, BrokerNode node)
{
    /// <summary>A batch goes at this size: many large messages for one node must not become one that is larger than
    /// the transport takes.</summary>
    private const int BatchBytes = 256 * 1024;

    private readonly HashSet<BrokerConnection> _local = [];
    private readonly Dictionary<NodeIncarnation, ArrayBufferWriter<byte>> _batches = [];
    private readonly HashSet<NodeIncarnation> _overrun = [];

    public void Add(GroupId group, DeliveryFence fence, ConnectionKey to, Delivery delivery)
    {
        if (to.Owner.Node == services.Self)
        {
            if (node.Connection(to) is not { } connection)
                return;
            connection.Deliver(group, fence, delivery);
            _local.Add(connection);
            return;
        }

        // What follows something lost is lost, too: the node says what it holds, and the rest comes again in order.
        if (_overrun.Contains(to.Owner))
            return;
        if (!_batches.TryGetValue(to.Owner, out ArrayBufferWriter<byte>? batch))
        {
            _batches.Add(to.Owner, batch = new ArrayBufferWriter<byte>(4096));
            PeerCodec.WriteLife(batch, to.Owner);
            PeerCodec.WriteFence(batch, fence);
        }

        batch.WriteInt64(to.Number);
        MessageCodec.Write(batch, delivery);
        if (batch.WrittenCount >= BatchBytes)
        {
            _batches.Remove(to.Owner);
            Send(group, to.Owner, batch);
        }
    }

    /// <summary>Sends what was added.</summary>
    /// <returns>Nodes that could not be reached, or whose queue is full: what was for them is lost, and they must say
    /// anew what they hold.</returns>
    public IReadOnlyList<NodeIncarnation> Flush(GroupId group)
    {
        foreach (BrokerConnection connection in _local)
            connection.Sink.Flush();
        _local.Clear();
        foreach ((NodeIncarnation to, ArrayBufferWriter<byte> batch) in _batches)
            Send(group, to, batch);
        _batches.Clear();
        NodeIncarnation[] overrun = _overrun.Count == 0 ? [] : [.. _overrun];
        _overrun.Clear();
        return overrun;
    }

    private void Send(GroupId group, NodeIncarnation to, ArrayBufferWriter<byte> batch)
    {
        var message = new PeerMessage((byte)PeerKind.Deliveries, group, batch.WrittenMemory);
        if (!services.Links.SendPeer(to.Node, PeerLane.Data, message))
            _overrun.Add(to);
    }
}
