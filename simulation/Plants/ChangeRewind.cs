using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Cluster;

namespace Cmq.MultiProtocol.Simulation.Plants;

/// <summary>A queue is rewound to another time than was asked for.</summary>
/// <param name="toMs">The other time, Unix ms.</param>
internal sealed class ChangeRewind(long toMs) : Plant
{
    public override IEnumerable<PeerMessage> Carry(NodeId from, NodeId to, PeerMessage message)
    {
        if (message.Kind != (byte)PeerKind.Request)
            return [message];
        NodeRequest request = PeerCodec.ReadRequest(message.Payload);
        return request.Body is QueueAsk.Rewind rewind
            ? [message with { Payload = PeerCodec.WriteRequest(request with { Body = rewind with { FromMs = toMs } }) }]
            : [message];
    }
}
