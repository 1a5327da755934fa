using System.Runtime.InteropServices;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Sessions;

namespace Cmq.MultiProtocol.Simulation.Plants;

/// <summary>A session records a subscription under another name than it was told.</summary>
internal sealed class MisnameSubscription : Plant
{
    /// <summary>Kind 1, session 8, epoch 8.</summary>
    private const int KeyBytes = 1 + 8 + 8;

    public override IEnumerable<PeerMessage> Carry(NodeId from, NodeId to, PeerMessage message)
    {
        if (message.Kind != (byte)PeerKind.LaneBatch || message.Group == GroupId.Directory)
            return [message];
        byte[] batch = message.Payload.ToArray();
        int count = BatchHeader.Read(batch).Count;
        for (int slot = 0; slot < count; slot++)
        {
            Span<byte> command = MemoryMarshal.AsMemory(BatchView.Command(batch, slot)).Span;
            // The first byte of the name.
            if (command[0] == (byte)SessionCommandKind.PutSubscription)
                command[KeyBytes..][command[KeyBytes..].IndexOf((byte)'f')]++;
        }

        return [message with { Payload = batch }];
    }
}
