using System.Buffers;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Simulation.Plants;

/// <summary>A node that has said what it holds takes what it was handed before, which comes late.</summary>
internal sealed class TakeLateDelivery : Plant
{
    private readonly Dictionary<(NodeId To, GroupId Group), PeerMessage> _late = [];

    public override IEnumerable<PeerMessage> Carry(NodeId from, NodeId to, PeerMessage message)
    {
        if (message.Kind == (byte)PeerKind.Deliveries)
            _late[(to, message.Group)] = message with { Payload = Unfenced(message.Payload) };
        return message.Kind == (byte)PeerKind.Resync && _late.Remove((to, message.Group), out PeerMessage late)
            ? [message, late]
            : [message];
    }

    private static ReadOnlyMemory<byte> Unfenced(ReadOnlyMemory<byte> deliveries)
    {
        var input = new StateReader(deliveries);
        var output = new ArrayBufferWriter<byte>(deliveries.Length);
        PeerCodec.WriteLife(output, PeerCodec.ReadLife(ref input));
        PeerCodec.ReadFence(ref input);
        PeerCodec.WriteFence(output, new DeliveryFence(long.MaxValue, 0));
        output.Write(input.ReadRest().Span);
        return output.WrittenMemory;
    }
}
