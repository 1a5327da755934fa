using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Queues;

namespace Cmq.MultiProtocol.Simulation.Plants;

/// <summary>A check-out that has run out is answered as if it still held.</summary>
internal sealed class HonourStaleReceipt : Plant
{
    private readonly HashSet<(GroupId Group, LaneSource Source, long Number, int Slot)> _settles = [];

    public override IEnumerable<PeerMessage> Carry(NodeId from, NodeId to, PeerMessage message)
    {
        if (message.Group == GroupId.Directory)
            return [message];
        if (message.Kind == (byte)PeerKind.LaneBatch)
            Remember(message);
        return message.Kind == (byte)PeerKind.LaneAnswer ? [Change(message)] : [message];
    }

    private void Remember(PeerMessage message)
    {
        BatchHeader header = BatchHeader.Read(message.Payload.Span);
        for (int slot = 0; slot < header.Count; slot++)
        {
            ReadOnlySpan<byte> command = BatchView.Command(message.Payload, slot).Span;
            if (header.Source.Kind == LaneSourceKind.Node && command[0] == (byte)QueueCommandKind.SettleReceipts)
                _settles.Add((message.Group, header.Source, header.Number, slot));
        }
    }

    private PeerMessage Change(PeerMessage message)
    {
        BatchResult result = PeerCodec.ReadAnswer(message.Payload);
        for (int slot = 0; slot < result.Answers!.Length; slot++)
        {
            if (_settles.Contains((message.Group, result.Source, result.Number, slot)))
                result.Answers[slot] = result.Answers[slot] with { Value = -1 };
        }

        return message with { Payload = PeerCodec.WriteAnswer(result) };
    }
}
