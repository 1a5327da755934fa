using System.Runtime.InteropServices;
using Cmq.MultiProtocol.Core.Cluster.Transport;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Metadata;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <content>What other nodes say. A peer may be of another build, or a stranger that has the secret: what it sends is read
/// whole before anything is done with it, and what cannot be read costs it the connection, never this node.</content>
public sealed partial class BrokerNode
{
    /// <summary>The last moment that has a date, Unix ms.</summary>
    private static readonly long MaxWallMs = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    /// <exception cref="PeerProtocolException">The message is not what it says it is.</exception>
    void IPeerHandler.Received(NodeId from, PeerLane lane, in PeerMessage message)
    {
        try
        {
            Receive(from, message);
        }
        catch (MalformedException broken)
        {
            throw new PeerProtocolException($"{(PeerKind)message.Kind} for group {message.Group}: {broken.Message}");
        }
        catch (Exception error)
        {
            Fail(error);
        }
    }

    private void Receive(NodeId from, in PeerMessage message)
    {
        var kind = (PeerKind)message.Kind;
        // Not of this node's cluster, or not yet: all it can have is the record.
        if (kind != PeerKind.Bootstrap && !_members.Contains(from))
        {
            HearAgain(from);
            return;
        }

        switch (kind)
        {
            case PeerKind.Raft:
                ReceiveRaft(from, message);
                break;
            case PeerKind.LaneBatch:
                ReceiveBatch(from, message);
                break;
            case PeerKind.LaneAnswer:
                Answered(message.Group, PeerCodec.ReadAnswer(message.Payload));
                break;
            case PeerKind.Request:
                ReceiveRequest(from, message);
                break;
            case PeerKind.Response:
                (NodeIncarnation to, long number, object response) = PeerCodec.ReadResponse(message.Payload);
                MalformedException.ThrowIf(to.Node != Self, "it is for another node");
                Respond(to, message.Group, number, response);
                break;
            case PeerKind.Deliveries:
                ReceiveDeliveries(message.Group, message.Payload);
                break;
            case PeerKind.ConsumerGroupChanged:
                ReceiveConsumerGroupChange(message.Payload);
                break;
            case PeerKind.Resync:
                var asked = new StateReader(message.Payload);
                DeliveryFence fence = PeerCodec.ReadFence(ref asked);
                _life?.Announce(message.Group, fence, from);
                break;
            case PeerKind.Space:
                _space.Heard(from, new StateReader(message.Payload).ReadByte() != 0);
                break;
            case PeerKind.TakenOver:
                ReceiveTakenOver(message.Payload);
                break;
            case PeerKind.HandOver:
                ReceiveHandOver(message);
                break;
            case PeerKind.Bootstrap:
                Offer(ReadOffer(message.Payload));
                break;
            case >= PeerKind.Filters and <= PeerKind.HeardTaken:
                ReceiveSubscriptions(from, kind, message.Payload);
                break;
            case >= PeerKind.Presence and <= PeerKind.EarlierTold:
                ReceivePresence(from, kind, message.Payload);
                break;
            case (>= PeerKind.SnapshotEntries and <= PeerKind.SnapshotAnswer)
                or PeerKind.SnapshotBlocks or PeerKind.SnapshotBegin:
                _groups.GetValueOrDefault(message.Group)?.ReceiveSnapshot(from, kind, message.Payload);
                break;
            default:
                throw new MalformedException("this version knows no such message");
        }
    }

    private void ReceiveRaft(NodeId from, in PeerMessage message)
    {
        var reader = new StateReader(message.Payload);
        long wallMs = reader.ReadInt64();
        MalformedException.ThrowIf(wallMs < 0 || wallMs > MaxWallMs, "it is of no time");
        MalformedException.ThrowIf(
            !RaftMessageCodec.TryRead(reader.ReadRest(), out RaftMessage raft), "it is no Raft message");
        MalformedException.ThrowIf(raft.From != from || raft.To != Self, "it is of another node, or for one");
        if (!_groups.TryGetValue(message.Group, out RaftGroupHost? host))
            return;
        host.Clock.Heard(from, wallMs);
        host.Post(new GroupEvent.Raft(raft));
    }

    /// <summary>What is proposed every member applies, so that a bad batch would be the end of all of them.</summary>
    private void ReceiveBatch(NodeId from, in PeerMessage message)
    {
        BatchHeader header = BatchView.Check(message.Payload);
        LaneSource source = header.Source;
        bool isOfPeer = source.Kind == LaneSourceKind.Node
            ? source.Id == from.Value
            : source.Kind == LaneSourceKind.Group && (source.Id >= 0 || source.Id == -from.Value);
        MalformedException.ThrowIf(
            header.Kind != BatchKind.Machine || !isOfPeer || header.SeenUpTo < 0 || header.SeenUpTo >= header.Number,
            "the batch is of no lane of that node");
        for (int slot = 0; slot < header.Count; slot++)
        {
            ReadOnlyMemory<byte> command = BatchView.Command(message.Payload, slot);
            if (message.Group == GroupId.Directory)
                DirectoryCommandCodec.Read(command);
            else
                MalformedException.ThrowIf(!QueueCommandKinds.IsKnown(message.Group, command.Span), "a command is unknown here");
        }

        // The payload is ours alone, and a leader stamps what it proposes.
        HostOf(message.Group)?.Post(new GroupEvent.Batch(MemoryMarshal.AsMemory(message.Payload)));
    }

    private void ReceiveRequest(NodeId from, in PeerMessage message)
    {
        NodeRequest request = PeerCodec.ReadRequest(message.Payload);
        MalformedException.ThrowIf(request.From.Node != from, "it is of another node");
        bool isForGroup = request.Body switch
        {
            DirectoryAsk => message.Group == GroupId.Directory,
            PartAsk => message.Group.Value > GroupId.Directory.Value,
            _ => message.Group != GroupId.Directory,
        };
        MalformedException.ThrowIf(!isForGroup, $"a {request.Body.GetType().Name} is not for such a group");
        // What the group's thread reads has no connection that it could cost.
        if (request.Body is PartAsk ask)
            RequestCodec.Check(ask);
        HostOf(message.Group)?.Post(new GroupEvent.Request(request));
    }

    private void ReceiveDeliveries(GroupId group, ReadOnlyMemory<byte> payload)
    {
        var reader = new StateReader(payload);
        NodeIncarnation life = PeerCodec.ReadLife(ref reader);
        DeliveryFence fence = PeerCodec.ReadFence(ref reader);
        HashSet<BrokerConnection> touched = [];
        try
        {
            while (reader.Remaining > 0)
            {
                long connection = reader.ReadInt64();
                Broker.Delivery delivery = MessageCodec.ReadDelivery(ref reader);
                if (Connection(new ConnectionKey(life, connection)) is not { } target)
                    continue;
                target.Deliver(group, fence, delivery);
                touched.Add(target);
            }
        }
        finally
        {
            // Also those that came before one that cannot be read: they are held here.
            foreach (BrokerConnection connection in touched)
                connection.Sink.Flush();
        }
    }

    private void ReceiveConsumerGroupChange(ReadOnlyMemory<byte> payload)
    {
        (NodeIncarnation to, string group, long generation, long[] connections) =
            ConsumerGroupCodec.ReadChange(payload);
        foreach (long connection in connections)
            Connection(new ConnectionKey(to, connection))?.GroupChanged(group, generation);
    }

    private static BootstrapRecord ReadOffer(ReadOnlyMemory<byte> payload)
    {
        try
        {
            return BootstrapRecord.Parse(payload.Span);
        }
        catch (InvalidDataException broken)
        {
            throw new MalformedException(broken.Message, broken);
        }
    }
}
