using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Queues;

namespace Cmq.MultiProtocol.Simulation.Plants;

/// <summary>A message's delay or time to live is another one than its publisher said.</summary>
/// <param name="field">Which of the two.</param>
/// <param name="value">What it becomes, ms.</param>
internal sealed class ChangePublish(PublishFlags field, long value) : Plant
{
    /// <summary>Kind, flags, format and priority 1 each, bytes of the body 8; then what is flagged, 8 each.</summary>
    private const int FixedBytes = 4 + sizeof(long);

    public override IEnumerable<PeerMessage> Carry(NodeId from, NodeId to, PeerMessage message)
    {
        if (message.Kind != (byte)PeerKind.LaneBatch || message.Group == GroupId.Directory)
            return [message];
        byte[] batch = message.Payload.ToArray();
        int count = BatchHeader.Read(batch).Count;
        for (int slot = 0; slot < count; slot++)
        {
            Span<byte> command = MemoryMarshal.AsMemory(BatchView.Command(batch, slot)).Span;
            if (command[0] == (byte)QueueCommandKind.Publish && ((PublishFlags)command[1] & field) != 0)
                BinaryPrimitives.WriteInt64LittleEndian(command[OffsetOf((PublishFlags)command[1])..], value);
        }

        return [message with { Payload = batch }];
    }

    private int OffsetOf(PublishFlags flags)
    {
        int offset = FixedBytes;
        foreach (PublishFlags before in (ReadOnlySpan<PublishFlags>)[PublishFlags.Upload, PublishFlags.Ttl])
        {
            if (before != field && (flags & before) != 0)
                offset += sizeof(long);
            if (before == field)
                break;
        }

        return offset;
    }
}
