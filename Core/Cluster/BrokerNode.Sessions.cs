using System.Buffers;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <content>Sessions that change hands.</content>
public sealed partial class BrokerNode
{
    /// <summary>Tells a connection, wherever it is, that it has lost a session. The word may be lost with the way to its
    /// node; then the node's next announcement shows it, and until then nothing that it sends counts.</summary>
    /// <param name="owner">Who had it.</param>
    /// <param name="session">Its name.</param>
    /// <param name="epoch">Of the claim that is over; a later one of the same connection stays.</param>
    internal void TellTakenOver(ConnectionKey owner, string session, long epoch)
    {
        if (owner.Owner.Node == Self)
        {
            Connection(owner)?.TakenOver(session, epoch);
            return;
        }

        var output = new ArrayBufferWriter<byte>(64);
        PeerCodec.WriteLife(output, owner.Owner);
        output.WriteInt64(owner.Number);
        output.WriteInt64(epoch);
        output.WriteText(session);
        SendPeer(owner.Owner.Node, PeerLane.Data, new PeerMessage(
            (byte)PeerKind.TakenOver, GroupId.Directory, output.WrittenMemory));
    }

    private void ReceiveTakenOver(ReadOnlyMemory<byte> payload)
    {
        var input = new StateReader(payload);
        var owner = new ConnectionKey(PeerCodec.ReadLife(ref input), input.ReadInt64());
        long epoch = input.ReadInt64();
        string session = input.ReadText();
        Connection(owner)?.TakenOver(session, epoch);
    }
}
