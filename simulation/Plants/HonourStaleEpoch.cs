using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Sessions;

namespace Cmq.MultiProtocol.Simulation.Plants;

/// <summary>Who lost a session to another connection changes it all the same.</summary>
internal sealed class HonourStaleEpoch : Plant
{
    private const int IdOffset = 1;
    private const int EpochOffset = IdOffset + sizeof(long);

    private readonly Dictionary<long, long> _epochs = [];

    public override IEnumerable<PeerMessage> Carry(NodeId from, NodeId to, PeerMessage message)
    {
        if (message.Kind != (byte)PeerKind.LaneBatch || message.Group == GroupId.Directory)
            return [message];
        byte[] batch = message.Payload.ToArray();
        int count = BatchHeader.Read(batch).Count;
        for (int slot = 0; slot < count; slot++)
        {
            Span<byte> command = MemoryMarshal.AsMemory(BatchView.Command(batch, slot)).Span;
            if (command[0] is < (byte)SessionCommandKind.PutSubscription or > (byte)SessionCommandKind.ForgetReleased)
                continue;
            long id = BinaryPrimitives.ReadInt64LittleEndian(command[IdOffset..]);
            long epoch = BinaryPrimitives.ReadInt64LittleEndian(command[EpochOffset..]);
            _epochs[id] = Math.Max(epoch, _epochs.GetValueOrDefault(id));
            BinaryPrimitives.WriteInt64LittleEndian(command[EpochOffset..], _epochs[id]);
        }

        return [message with { Payload = batch }];
    }
}
