using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Simulation.Plants;

/// <summary>Commands of nodes are answered otherwise than what became of them.</summary>
/// <param name="kind">Of the commands.</param>
/// <param name="change">What becomes of an answer.</param>
internal sealed class ChangeAnswer(byte kind, Func<Answer, Answer> change) : Plant
{
    private readonly HashSet<(GroupId Group, LaneSource Source, long Number, int Slot)> _commands = [];

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
            if (header.Source.Kind == LaneSourceKind.Node && command[0] == kind)
                _commands.Add((message.Group, header.Source, header.Number, slot));
        }
    }

    private PeerMessage Change(PeerMessage message)
    {
        BatchResult result = PeerCodec.ReadAnswer(message.Payload);
        for (int slot = 0; slot < result.Answers!.Length; slot++)
        {
            if (_commands.Contains((message.Group, result.Source, result.Number, slot)))
                result.Answers[slot] = change(result.Answers[slot]);
        }

        return message with { Payload = PeerCodec.WriteAnswer(result) };
    }
}
