using System.Runtime.InteropServices;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Queues;

namespace Cmq.MultiProtocol.Simulation.Plants;

/// <summary>What moves from one group to another does not find the queue that it was for.</summary>
internal sealed class MisroutedMove : Plant
{
    public override IEnumerable<PeerMessage> Carry(NodeId from, NodeId to, PeerMessage message)
    {
        if (message.Kind != (byte)PeerKind.LaneBatch)
            return [message];
        byte[] batch = message.Payload.ToArray();
        BatchHeader header = BatchHeader.Read(batch);
        if (header.Source.Kind != LaneSourceKind.Group)
            return [message];
        for (int slot = 0; slot < header.Count; slot++)
        {
            ReadOnlyMemory<byte> command = BatchView.Command(batch, slot);
            var input = new QueueCommandReader(command);
            if (input.ReadKind() != QueueCommandKind.Publish || new PublishHead(ref input).TargetCount == 0)
                continue;
            MemoryMarshal.AsMemory(command[^input.Remaining..]).Span[..sizeof(long)].Fill(byte.MaxValue);
        }

        return [message with { Payload = batch }];
    }
}
