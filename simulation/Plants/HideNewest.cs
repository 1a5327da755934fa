using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Cluster;

namespace Cmq.MultiProtocol.Simulation.Plants;

/// <summary>Who reads a partition is not shown its newest message yet.</summary>
internal sealed class HideNewest : Plant
{
    public override IEnumerable<PeerMessage> Carry(NodeId from, NodeId to, PeerMessage message)
    {
        if (message.Kind != (byte)PeerKind.Response)
            return [message];
        (NodeIncarnation life, long number, object response) = PeerCodec.ReadResponse(message.Payload);
        if (response is not PartitionSaid { Reply: Reply.Ok, Bounds.MaxOffset: > 0 } said)
            return [message];
        PartitionSaid shorter = said with
        {
            Bounds = said.Bounds with { MaxOffset = said.Bounds.MaxOffset - 1 },
            Messages = [.. said.Messages.Where(one => one.Offset < said.Bounds.MaxOffset - 1)],
        };
        return [message with { Payload = PeerCodec.WriteResponse(life, number, shorter) }];
    }
}
