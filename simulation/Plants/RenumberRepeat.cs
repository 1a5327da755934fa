using System.Buffers.Binary;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Simulation.Plants;

/// <summary>A batch of a lane that is sent twice is taken for two: its repetition gets the next number.</summary>
/// <param name="source">Whose lanes.</param>
/// <param name="every">One in so many batches.</param>
internal sealed class RenumberRepeat(LaneSourceKind source, int every) : Plant
{
    private const int NumberOffset = 14;

    public override IEnumerable<PeerMessage> Carry(NodeId from, NodeId to, PeerMessage message)
    {
        if (message.Kind != (byte)PeerKind.LaneBatch)
            return [message];
        BatchHeader header = BatchHeader.Read(message.Payload.Span);
        if (header.Source.Kind != source || header.Number % every != 0)
            return [message];
        byte[] again = message.Payload.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(again.AsSpan(NumberOffset), header.Number + 1);
        return [message, message with { Payload = again }];
    }
}
