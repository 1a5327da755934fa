using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.ConsumerGroups;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Simulation.Plants;

/// <summary>A consumer group's offset is stored lower than it was said.</summary>
internal sealed class OldOffset : Plant
{
    public override IEnumerable<PeerMessage> Carry(NodeId from, NodeId to, PeerMessage message)
    {
        if (message.Kind != (byte)PeerKind.LaneBatch || message.Group == GroupId.Directory)
            return [message];
        byte[] batch = message.Payload.ToArray();
        int count = BatchHeader.Read(batch).Count;
        for (int slot = 0; slot < count; slot++)
        {
            Span<byte> command = MemoryMarshal.AsMemory(BatchView.Command(batch, slot)).Span;
            if (command[0] == (byte)ConsumerGroupCommandKind.CommitOffset)
                BinaryPrimitives.WriteInt64LittleEndian(command[^sizeof(long)..], 0);
        }

        return [message with { Payload = batch }];
    }
}
