using System.Runtime.InteropServices;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Queues;

namespace Cmq.MultiProtocol.Simulation.Plants;

/// <summary>What a consumer gives back, or refuses, counts as done with.</summary>
internal sealed class CountAsDone(SettleOutcome what) : Plant
{
    /// <summary>Kind 1, queue 8, and the holder: node 4, incarnation 8, connection 8.</summary>
    private const int OutcomeOffset = 1 + 8 + 4 + 8 + 8;

    public override IEnumerable<PeerMessage> Carry(NodeId from, NodeId to, PeerMessage message)
    {
        if (message.Kind != (byte)PeerKind.LaneBatch || message.Group == GroupId.Directory)
            return [message];
        byte[] batch = message.Payload.ToArray();
        int count = BatchHeader.Read(batch).Count;
        for (int slot = 0; slot < count; slot++)
        {
            ReadOnlyMemory<byte> command = BatchView.Command(batch, slot);
            if (command.Span[0] != (byte)QueueCommandKind.Settle
                || command.Span[OutcomeOffset] != (byte)what)
                continue;
            MemoryMarshal.AsMemory(command).Span[OutcomeOffset] = (byte)SettleOutcome.Done;
        }

        return [message with { Payload = batch }];
    }
}
