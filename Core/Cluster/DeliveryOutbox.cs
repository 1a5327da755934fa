using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Messages that a leader hands to consumers: to this node's connections at once, to other nodes in batches.
/// Group thread.</summary>
internal sealed class DeliveryOutbox(NodeServices services, BrokerNode node)
{
    private const int BatchBytes = 256 * 1024;

    private readonly HashSet<BrokerConnection> _touched = [];
    private readonly Dictionary<NodeIncarnation, Batch> _batches = [];
    private readonly List<NodeIncarnation> _overrun = [];
    private readonly HashSet<NodeId> _toAskAnew = [];

    public void Add(ConnectionKey to, Delivery delivery)
    {
        if (to.Owner.Node == services.Self)
        {
            if (node.Connection(to) is not { } connection)
                return;
            connection.Deliver(delivery);
            _touched.Add(connection);
            return;
        }

        if (!_batches.TryGetValue(to.Owner, out Batch? batch))
            _batches.Add(to.Owner, batch = new Batch());
        batch.Output.WriteInt64(to.Number);
        MessageCodec.Write(batch.Output, delivery);
        batch.Count++;
    }

    /// <summary>Sends what was added.</summary>
    /// <returns>Nodes that could not be reached, or whose queue is full: what was for them is lost, and they must say
    /// anew what they hold.</returns>
    public IReadOnlyList<NodeIncarnation> Flush(GroupId group)
    {
        _overrun.Clear();
        foreach (BrokerConnection connection in _touched)
            connection.Sink.Flush();
        _touched.Clear();
        foreach ((NodeIncarnation to, Batch batch) in _batches)
        {
            var output = new ArrayBufferWriter<byte>(batch.Output.WrittenCount + 32);
            PeerCodec.WriteLife(output, to);
            output.WriteInt32(batch.Count);
            output.Write(batch.Output.WrittenSpan);
            var message = new PeerMessage((byte)PeerKind.Deliveries, group, output.WrittenMemory);
            if (services.Links.SendPeer(to.Node, PeerLane.Data, message))
                continue;
            _overrun.Add(to);
            _toAskAnew.Add(to.Node);
        }

        _batches.Clear();
        // Behind what was sent before, so that the node has that when it says what it holds. Where the connection broke
        // it says so by itself.
        _toAskAnew.RemoveWhere(to =>
            services.Links.SendPeer(to, PeerLane.Data, new PeerMessage((byte)PeerKind.Resync, group, default)));
        return _overrun;
    }

    private sealed class Batch
    {
        public ArrayBufferWriter<byte> Output { get; } = new(BatchBytes / 16);

        public int Count { get; set; }
    }
}
