using System.Buffers;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Metadata;
using Cmq.MultiProtocol.Core.Subscriptions;
using Cmq.MultiProtocol.Fuzz.Tests.Harness;

namespace Cmq.MultiProtocol.Fuzz.Tests.Targets;

/// <summary>The lists that nodes keep of each other, and what else a node hears that has no answer of its own.</summary>
internal static class PeerListTargets
{
    private static readonly NodeIncarnation Life = new(new NodeId(2), 7);

    private static readonly FilterInterest Interest = new(new FilterKey(new TopicId(1), "a.#", "g"), 1, 2);

    private static readonly Delivery Delivery = new(1, new QueueId(5), 6, true, 2, 77, 1, 2, new StoredMessage(
        "topic", "a.b", ["c"], PropertyFormat.Mqtt, "block"u8.ToArray(), new ReadOnlySequence<byte>("body"u8.ToArray()),
        1_700_000_000_000, 60_000, 3, true, null));

    public static IEnumerable<FuzzTarget> All =>
    [
        new CodecTarget<List<ReadOnlyMemory<byte>?>>("presence-lists", ReadPresence, IsRefusal,
            Presence(1, 2, "card"u8.ToArray()), Presence(1, 2, null), Presence(2, 1, "card"u8.ToArray()))
        {
            PerByte = 512,
        },
        new CodecTarget<List<ReadOnlyMemory<byte>?>>("filter-lists", ReadFilters, IsRefusal, Filters(1, 2), Filters(2, 1))
        {
            PerByte = 512,
        },
        new CodecTarget<(NodeIncarnation Life, DeliveryFence Fence, List<(long Connection, Delivery Delivery)> Deliveries)>(
            "peer-deliveries", ReadDeliveries, IsRefusal, Deliveries)
        {
            Write = Write,
        },
        new CodecTarget<BootstrapRecord>(
            "bootstrap-records", input => BootstrapRecord.Parse(input),
            exception => exception is InvalidDataException, Records.Select(record => record.ToBytes()))
        {
            Write = record => record.ToBytes(),
        },
    ];

    private static BootstrapRecord[] Records
    {
        get
        {
            var id = new Guid("0f8fad5b-d9cb-469f-a165-70867728950e");
            var first = new BootstrapRecord
            {
                ClusterId = id,
                DataGroups = 2,
                Replicas = [new BootstrapRecord.Replica(1, Guid.Empty)],
                ClusterKey = new byte[SecretSealer.KeyBytes],
                Directory = MachineTargets.Write(new DirectoryCommand.Bootstrap(
                    id, 2, [new Replica(new NodeId(1), Guid.Empty)], ["/"],
                    [new Core.Metadata.SeedUser("guest", ScramVerifier.Decoy, ["administrator"], [new SeedPermission("/", ".*", ".*", ".*")])],
                    [], new DirectoryLimits())),
            };
            return [first, first with { Joined = new BootstrapRecord.Admission(4, Guid.Empty, 3) }];
        }
    }

    private static byte[] Deliveries => Write((Life, new DeliveryFence(2, 3), [(9, Delivery), (10, Delivery)]));

    private static bool IsRefusal(Exception exception) => exception is InvariantException;

    private static byte[] Presence(long list, int number, byte[]? card) => List(list, number, output =>
        PresenceChange.Write(output, new PresenceChange(new SessionName(new NamespaceId(1), "client"), card)));

    private static byte[] Filters(long list, int number) =>
        List(list, number, output => SubscriptionCodec.Write(output, Interest));

    /// <summary>A batch that completes a list, as <see cref="ListSender{T}"/> tells it.</summary>
    private static byte[] List(long list, int number, Action<IBufferWriter<byte>> item)
    {
        var output = new ArrayBufferWriter<byte>();
        PeerCodec.WriteLife(output, Life);
        output.WriteInt64(list);
        output.WriteInt32(number);
        output.WriteByte(1);
        output.WriteInt32(1);
        item(output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>The first batch of a list, then the input, and again.</summary>
    private static List<ReadOnlyMemory<byte>?> ReadPresence(byte[] input)
    {
        var receiver = new PresenceReceiver(Life.Node, _ => { }, _ => { });
        return [.. new[] { Presence(1, 1, []), input, input }.Select(batch => receiver.Take(batch, _ => false))];
    }

    private static List<ReadOnlyMemory<byte>?> ReadFilters(byte[] input)
    {
        var receiver = new FilterReceiver(Life.Node);
        SubscriptionTable table = SubscriptionTable.Empty;
        var taken = new List<ReadOnlyMemory<byte>?>();
        foreach (byte[] batch in new[] { Filters(1, 1), input, input })
            taken.Add(receiver.Receive(ref table, batch, _ => false));
        return taken;
    }

    private static (NodeIncarnation Life, DeliveryFence Fence, List<(long Connection, Delivery Delivery)> Deliveries)
        ReadDeliveries(byte[] input)
    {
        var reader = new StateReader(input);
        NodeIncarnation life = PeerCodec.ReadLife(ref reader);
        DeliveryFence fence = PeerCodec.ReadFence(ref reader);
        var deliveries = new List<(long Connection, Delivery Delivery)>();
        while (reader.Remaining > 0)
            deliveries.Add((reader.ReadInt64(), MessageCodec.ReadDelivery(ref reader)));
        return (life, fence, deliveries);
    }

    private static byte[] Write(
        (NodeIncarnation Life, DeliveryFence Fence, List<(long Connection, Delivery Delivery)> Deliveries) said)
    {
        var output = new ArrayBufferWriter<byte>();
        PeerCodec.WriteLife(output, said.Life);
        PeerCodec.WriteFence(output, said.Fence);
        foreach ((long connection, Delivery delivery) in said.Deliveries)
        {
            output.WriteInt64(connection);
            MessageCodec.Write(output, delivery);
        }
        return output.WrittenSpan.ToArray();
    }
}
