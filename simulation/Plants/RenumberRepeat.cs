using System.Buffers.Binary;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Simulation.Plants;

/// <summary>A batch of a lane that is sent twice is taken for two: its repetition gets the next number.</summary>
internal sealed class RenumberRepeat : Plant
{
    private const int NumberOffset = 14;

    public override IEnumerable<PeerMessage> Carry(NodeId from, NodeId to, PeerMessage message)
    {
        if (message.Kind != (byte)PeerKind.LaneBatch)
            return [message];
        BatchHeader header = BatchHeader.Read(message.Payload.Span);
        if (header.Source.Kind != LaneSourceKind.Node || header.Number % 16 != 0)
            return [message];
        byte[] again = message.Payload.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(again.AsSpan(NumberOffset), header.Number + 1);
        return [message, message with { Payload = again }];
    }
}
