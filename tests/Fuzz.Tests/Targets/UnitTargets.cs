using System.Buffers;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.LastValues;
using Cmq.MultiProtocol.Core.Queues;
using Cmq.MultiProtocol.Fuzz.Tests.Harness;

namespace Cmq.MultiProtocol.Fuzz.Tests.Targets;

/// <summary>Messages as they are read back from the commands that stand in the log.</summary>
internal static class UnitTargets
{
    /// <summary>What is read; whatever else it names is a good publish.</summary>
    private static readonly UnitRef Unit = new(10, 0);
    private static readonly UnitRef Under = new(9, 1);

    /// <summary>Knows no chunks: bodies in chunks are refused.</summary>
    private static readonly QueueMachine Machine = MachineTargets.NewMachine();

    private static readonly PublishedUnit Published = new()
    {
        Topic = "topic",
        RoutingKey = "a.b",
        MoreKeys = ["c"],
        Format = PropertyFormat.Amqp,
        Properties = "block"u8.ToArray(),
        Persistent = true,
        TtlMs = 60_000,
        Body = new ReadOnlySequence<byte>("body"u8.ToArray()),
        Overlay = Moved,
    };

    private static Overlay Moved => new("dead", "k", ["m"], [new Death("q", DeathReason.MaxLength, 3, 77, "t", ["a"], true)]);

    public static IEnumerable<FuzzTarget> All =>
    [
        new CodecTarget<StoredMessage>(
            "queue-units",
            input => QueueUnits.Read(Machine, new Units(input), Unit),
            exception => exception is InvariantException,
            Command(output => QueueCommandWriter.Publish(output, [new QueueId(5)], Published)),
            Command(output => QueueCommandWriter.Publish(output, [new QueueId(5)], Published with { Overlay = null })),
            Command(output => LastValueCommands.Put(output, new TopicId(3), Published)),
            Command(output => new ParkHead(new NamespaceId(1), "PG", -1).Write(output, Published)),
            Command(output => QueueCommandWriter.RouteDuty(
                output, 4, Under, 4, -1, 3, [new QueueId(5)], [new RemoteTargets(new GroupId(2), [new QueueId(6)])], Moved, null))),
    ];

    private static byte[] Command(Action<ArrayBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return output.WrittenSpan.ToArray();
    }

    private sealed class Units(byte[] input) : IUnitReader
    {
        private static readonly byte[] Good =
            Command(output => QueueCommandWriter.Publish(output, [new QueueId(5)], Published));

        public ReadOnlyMemory<byte> ReadCommand(UnitRef unit) => unit == Unit ? input : Good;

        public long TimestampMs(long index) => 1_000;
    }
}
