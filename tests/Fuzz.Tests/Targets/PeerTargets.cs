using System.Buffers;
using System.Buffers.Binary;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Cluster.Transport;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.ConsumerGroups;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Metadata;
using Cmq.MultiProtocol.Core.Sessions;
using Cmq.MultiProtocol.Core.Subscriptions;
using Cmq.MultiProtocol.Fuzz.Tests.Harness;

namespace Cmq.MultiProtocol.Fuzz.Tests.Targets;

/// <summary>What nodes say to each other. A frame that is not whole costs its connection; behind a good checksum a
/// malformed message is our own bug, and is refused as such (<see cref="InvariantException"/>).</summary>
internal static class PeerTargets
{
    private const int ProtocolVersion = 1;

    private static readonly Guid Id = new("0f8fad5b-d9cb-469f-a165-70867728950e");

    private static readonly NodeIncarnation Node = new(new NodeId(2), 7);
    private static readonly ConnectionKey Connection = new(Node, 9);
    private static readonly ConsumerKey Consumer = new(Connection, 1);
    private static readonly ConsumerGroupKey Group = new(new NamespaceId(1), "CG");

    private static readonly StoredMessage Message = new(
        "topic", "a.b", ["c"], PropertyFormat.Mqtt, "block"u8.ToArray(), new ReadOnlySequence<byte>("body"u8.ToArray()),
        1_700_000_000_000, 60_000, 3, true,
        new Overlay("dead", "k", ["m"], [new Death("q", DeathReason.MaxLength, 3, 77, "t", ["a", "b"], true)]));

    private static readonly Delivery Delivery = new(1, new QueueId(5), 6, true, 2, 77, 1, 2, Message);

    public static IEnumerable<FuzzTarget> All =>
    [
        new PeerFrameTarget(),
        new CodecTarget<LaneHello>(
            "peer-hello", input => LaneHello.Decode(input, ProtocolVersion), exception => exception is PeerProtocolException,
            new LaneHello(PeerLane.Bulk, 3, new PeerHello(new NodeId(1), Id, Id, 4, ProtocolVersion)).Encode())
        {
            Write = hello => hello.Encode(),
        },
        new CodecTarget<RaftMessage>(
            "raft-messages",
            input => RaftMessageCodec.TryRead(input, out RaftMessage message) ? message : throw new RefusedException(),
            exception => exception is RefusedException, RaftMessages.Select(Write))
        {
            Write = Write,
        },
        Codec("peer-answers", PeerCodec.ReadAnswer, answer => PeerCodec.WriteAnswer(answer), PeerCodec.WriteAnswer(
            new BatchResult(LaneSource.Of(Node), 5, LaneVerdict.Next, [Answer.Ok, new Answer(Reply.Full, 3, 9)], 6))),
        Codec(
            "peer-requests", PeerCodec.ReadRequest, request => PeerCodec.WriteRequest(request),
            [.. Requests.Select(body => PeerCodec.WriteRequest(new NodeRequest(Node, 3, 4, body)))]),
        Codec(
            "peer-responses", PeerCodec.ReadResponse, said => PeerCodec.WriteResponse(said.To, said.Number, said.Response),
            [.. Responses.Select(said => PeerCodec.WriteResponse(Node, 3, said))]),
        Codec("partition-asks", PartitionCodec.ReadAsk, ask => PartitionCodec.ToPart(ask).Body,
            [.. PartitionAsks.Select(ask => PartitionCodec.ToPart(ask).Body)]),
        Codec("group-asks", ConsumerGroupCodec.ReadAsk, ConsumerGroupCodec.Write, [.. GroupAsks.Select(ConsumerGroupCodec.Write)]),
        Codec(
            "group-members", ConsumerGroupCodec.ReadMembers,
            members => ConsumerGroupCodec.WriteMembers([.. members.Select(member => KeyValuePair.Create(
                member.Name, new GroupMember(Connection, 1, member.Metadata, 0)))]),
            ConsumerGroupCodec.WriteMembers([new("m", new GroupMember(Connection, 1, "meta"u8.ToArray(), 0))])),
        Codec("group-names", ConsumerGroupCodec.ReadNames, names => ConsumerGroupCodec.WriteNames(names),
            ConsumerGroupCodec.WriteNames(["a", "b"])),
        Codec(
            "group-offsets", ConsumerGroupCodec.ReadOffsets,
            offsets => ConsumerGroupCodec.WriteOffsets([.. offsets.Select(one => KeyValuePair.Create(one.Key.Value, one.Value))]),
            ConsumerGroupCodec.WriteOffsets([new(1, 2), new(3, 4)])),
        Codec(
            "group-changes", ConsumerGroupCodec.ReadChange,
            change => ConsumerGroupCodec.WriteChange(change.To, change.Group, change.Generation, change.Connections),
            ConsumerGroupCodec.WriteChange(Node, "CG", 4, [5, 6])),
        Codec("session-asks", SessionAsk.Read, ask => ask.ToPart().Body, [.. SessionAsks.Select(ask => ask.ToPart().Body)]),
        Codec("last-value-asks", LastValueAsk.Read, ask => ask.ToAsk().Body,
            new LastValueAsk(new TopicId(3), "a.#", "a.b", 9).ToAsk().Body),
        Codec("last-values", LastValueAsk.ReadFound, found => LastValueAsk.WriteFound(found.Messages, found.Next),
            LastValueAsk.WriteFound([Message, Message with { Overlay = null }], "next")),
        Codec(
            "parked-asks", ParkedAsk.Read, ask => ask.ToPart().Body, new ParkedAsk(new NamespaceId(1), 60_000, 256).ToPart().Body,
            new ParkedAsk(new NamespaceId(1), 0, 1, new ParkedName(77, "PG")).ToPart().Body),
        Codec("parked-messages", ParkedAsk.ReadAnswer, ParkedAsk.WriteAnswer,
            ParkedAsk.WriteAnswer([new ParkedMessage(77, "PG", 1, 2, Message)])),
        Codec("filter-interests", ReadInterest, Write, Write(new FilterInterest(new FilterKey(new TopicId(1), "a.#", "g"), 1, 2))),
        Codec("forwarded-messages", SubscriptionCodec.ReadForwarded, Write, Write(new ForwardedMessage(
            true, [new FilterKey(new TopicId(1), "a.#", "g")], [new TopicId(1), new TopicId(2)], ["hidden"], Message))),
    ];

    private static RaftMessage[] RaftMessages =>
    [
        new()
        {
            Kind = RaftMessageKind.Append, From = new NodeId(1), To = new NodeId(2), Term = 3, LogTerm = 2, Index = 9, Commit = 8,
            Entries = [new Entry(10, 3, EntryKind.Batch, "entry"u8.ToArray()), new Entry(11, 3, EntryKind.Batch, default)],
        },
        new() { Kind = RaftMessageKind.AppendReply, From = new NodeId(2), To = new NodeId(1), Term = 3, Index = 9, RejectHint = 4, Reject = true },
        new() { Kind = RaftMessageKind.Vote, From = new NodeId(2), To = new NodeId(1), Term = 3, LogTerm = 2, Index = 9, Transfer = true },
        new() { Kind = RaftMessageKind.Heartbeat, From = new NodeId(1), To = new NodeId(2), Term = 3, Commit = 8, Context = 77 },
    ];

    private static object[] Requests =>
    [
        new DirectoryAsk.Renew(Id, "host:7400", 9) { Services = [new ServiceAddress("rocketmq:1", "host:10911")] },
        new DirectoryAsk.Applied(9),
        new DirectoryAsk.AwaitTopology(new QueueId(4), true),
        new DirectoryAsk.Leave(),
        new QueueAsk.Status(new QueueId(4), true),
        new QueueAsk.Get(new QueueId(4), Connection, true),
        new QueueAsk.Receive(new QueueId(4), Connection, 16, 1_000),
        new QueueAsk.CancelReceive(new QueueId(4), 3),
        new QueueAsk.Credit(new QueueId(4), Consumer, 100),
        new QueueAsk.Purge(new QueueId(4)),
        new QueueAsk.Delete(new QueueId(4), true, false),
        new QueueAsk.Rewind(new QueueId(4), 5),
        new PartAsk(4, "part"u8.ToArray()),
        new NodeHoldings(
            new DeliveryFence(2, 3),
            [new NodeHoldings.Consumer(new QueueId(4), Consumer, 5, 6)], [new NodeHoldings.Held(new QueueId(4), Consumer, 7)]),
    ];

    private static object[] Responses =>
    [
        Reply.Full,
        new QueueSaid(Reply.Ok, 2, new QueueStatus(1, 2, 3, 4, 5, 6, 7), [Delivery], 8, new DeliveryFence(9, 10)),
        new PartSaid(Reply.Ok, "part"u8.ToArray()),
        new PartitionSaid(Reply.Ok, 3, new PartitionBounds(1, 2, 3, 4), [new PartitionMessage(new QueueId(4), 5, 6, 7, 8, Message)]),
    ];

    private static PartitionAsk[] PartitionAsks =>
    [
        new PartitionAsk.Read(new QueueId(4), new PartitionQuery(5, 32, 65_536, [1, 2], 15_000)),
        new PartitionAsk.Cancel(3),
        new PartitionAsk.Bounds(new QueueId(4)),
        new PartitionAsk.FindOffset(new QueueId(4), 5),
        new PartitionAsk.FindPosition(6, new NamespaceId(1)),
        new PartitionAsk.FindKey([new QueueId(4), new QueueId(5)], "key", 1, 2, 64),
    ];

    private static ConsumerGroupAsk[] GroupAsks =>
    [
        new ConsumerGroupAsk.Heartbeat(Group, "m", 3),
        new ConsumerGroupAsk.ListMembers(Group),
        new ConsumerGroupAsk.ListGroups(new NamespaceId(1)),
        new ConsumerGroupAsk.FetchOffset(Group, new QueueId(4)),
        new ConsumerGroupAsk.ListOffsets(Group),
    ];

    private static SessionAsk[] SessionAsks
    {
        get
        {
            var name = new SessionName(new NamespaceId(1), "client");
            return
            [
                new SessionAsk.Claim(name, "guest", 3),
                new SessionAsk.Release(name, 3, 4),
                new SessionAsk.Content(new SessionKey(5, 6)),
                new SessionAsk.Announce([new SessionClaim(name, "guest", 3, 4)]),
            ];
        }
    }

    private static CodecTarget<T> Codec<T>(
        string name, Func<ReadOnlyMemory<byte>, T> read, Func<T, ReadOnlyMemory<byte>> write,
        params ReadOnlyMemory<byte>[] examples) =>
        new(name, input => read(input), exception => exception is InvariantException, examples.Select(one => one.ToArray()))
        {
            Write = value => write(value).ToArray(),
        };

    private static byte[] Write(RaftMessage message)
    {
        var output = new ArrayBufferWriter<byte>();
        RaftMessageCodec.Write(output, message);
        return output.WrittenSpan.ToArray();
    }

    private static FilterInterest ReadInterest(ReadOnlyMemory<byte> input)
    {
        var reader = new StateReader(input);
        return SubscriptionCodec.ReadInterest(ref reader);
    }

    private static ReadOnlyMemory<byte> Write(FilterInterest interest)
    {
        var output = new ArrayBufferWriter<byte>();
        SubscriptionCodec.Write(output, interest);
        return output.WrittenMemory;
    }

    private static ReadOnlyMemory<byte> Write(ForwardedMessage message)
    {
        ReadOnlyMemory<byte> heard = SubscriptionCodec.WriteHeard(message.Topics, message.HiddenKeys, message.Message);
        SharePick[] picks = [.. message.Picks.Select(filter => new SharePick(Node.Node, filter))];
        return SubscriptionCodec.WriteForwarded(message.IsPlain, picks, Node.Node, heard.Span);
    }

    /// <summary>The transport's frames.</summary>
    private sealed class PeerFrameTarget() : StreamTarget("peer-frames")
    {
        private const int MaxPayloadBytes = 4096;
        private const int ChecksumAt = 12;

        public override IEnumerable<byte[]> Examples =>
        [
            Frame(FrameType.Message, "payload"u8),
            [.. Frame(FrameType.Message, default), .. Frame(FrameType.Idle, default), .. Frame(FrameType.Message, new byte[600])],
        ];

        public override bool IsRefusal(Exception exception) => exception is PeerProtocolException;

        /// <summary>The checksum of each frame.</summary>
        public override byte[] Reseal(byte[] input)
        {
            byte[] changed = [.. input];
            for (int at = 0; at + FrameHeader.Bytes <= changed.Length;)
            {
                int payload = BinaryPrimitives.ReadInt32LittleEndian(changed.AsSpan(at));
                if (payload < 0 || payload > changed.Length - at - FrameHeader.Bytes)
                    break;
                Span<byte> frame = changed.AsSpan(at, FrameHeader.Bytes + payload);
                BinaryPrimitives.WriteUInt32LittleEndian(
                    frame[ChecksumAt..], FrameChecksum.Of(frame[..ChecksumAt], frame[FrameHeader.Bytes..]));
                at += frame.Length;
            }
            return changed;
        }

        protected override Cutter Open()
        {
            var receiver = new PeerReceiver(MaxPayloadBytes);
            return (ref ReadOnlySequence<byte> input) =>
                receiver.TryRead(ref input, out PeerMessage message) ? message : null;
        }

        private static byte[] Frame(FrameType type, ReadOnlySpan<byte> payload)
        {
            byte[] frame = new byte[FrameHeader.Bytes + payload.Length];
            FrameHeader.Write(frame, type, 5, new GroupId(3), payload);
            payload.CopyTo(frame.AsSpan(FrameHeader.Bytes));
            return frame;
        }
    }
}
