using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.LastValues;
using Cmq.MultiProtocol.Core.Queues;
using Cmq.MultiProtocol.Fuzz.Tests.Harness;
using static Cmq.MultiProtocol.Fuzz.Tests.Targets.MachineTargets;

namespace Cmq.MultiProtocol.Fuzz.Tests.Targets;

/// <summary>Messages as they are read back from the commands that stand in the log.</summary>
internal static class UnitTargets
{
    /// <summary>What is read; whatever else it names is a good publish.</summary>
    private static readonly UnitRef At = new(10, 0);
    private static readonly UnitRef Under = new(9, 1);
    private static readonly QueueId Target = new(5);

    /// <summary>Knows no chunks: bodies in chunks are refused.</summary>
    private static readonly QueueMachine Machine = NewMachine();

    public static IEnumerable<FuzzTarget> All =>
    [
        new CodecTarget<StoredMessage>(
            "queue-units",
            input => QueueUnits.Read(Machine, new Units(input), At),
            exception => exception is InvariantException,
            Command(output => QueueCommandWriter.Publish(output, [Target], Unit)),
            Command(output => QueueCommandWriter.Publish(output, [Target], Unit with { Overlay = null })),
            Command(output => LastValueCommands.Put(output, new TopicId(3), Unit)),
            Command(output => new ParkHead(new NamespaceId(1), "PG", -1).Write(output, Unit)),
            Command(output => QueueCommandWriter.RouteDuty(
                output, 4, Under, 4, -1, 3, [Target], [new RemoteTargets(new GroupId(2), [new QueueId(6)])], Unit.Overlay))),
    ];

    private sealed class Units(byte[] input) : IUnitReader
    {
        private static readonly byte[] Good = Command(output => QueueCommandWriter.Publish(output, [Target], Unit));

        public ReadOnlyMemory<byte> ReadCommand(UnitRef unit) => unit == At ? input : Good;

        public long TimestampMs(long index) => 1_000;
    }
}
