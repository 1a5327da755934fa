using System.Buffers;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Queues;
using Cmq.MultiProtocol.Core.Sessions;
using Cmq.MultiProtocol.Core.Tests.Queues;
using Xunit;
using Xunit.Abstractions;

namespace Cmq.MultiProtocol.Core.Tests.Sessions;

[Collection(nameof(Alone))]
public sealed class SessionMemoryTests(ITestOutputHelper output)
{
    private const int Sessions = 100_000;

    [Fact]
    public void A_session_that_waits_for_its_client_takes_less_than_600_bytes()
    {
        var parked = new ParkedPart();
        var sessions = new SessionPart(parked, dataGroups: 1, SessionLimits.Default);
        var machine = new QueueMachine(new GroupId(1), new QueueMachineOptions(), [sessions, parked]);
        var context = new GroupContext(new GroupId(1));
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < Sessions; i++)
        {
            string name = $"device-{i:D12}";
            Apply(machine, context, i + 1, new SessionOpen(
                new NamespaceId(1), name, "guest", new ConnectionKey(QueueGroup.NodeA, i + 1), 1, false, 3_600_000, 0)
                .Write);
            Apply(machine, context, i + 1, command => SessionCommands.Close(
                command, new NamespaceId(1), name, 1, fireWill: false, expiryMs: 3_600_000));
        }

        long bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        output.WriteLine($"{bytes / Sessions} bytes per session");
        Assert.Equal(Sessions, sessions.Count);
        Assert.InRange(bytes / Sessions, 0, 600);
        GC.KeepAlive(machine);
    }

    private static void Apply(
        QueueMachine machine, GroupContext context, long index, Action<IBufferWriter<byte>> write)
    {
        var command = new ArrayBufferWriter<byte>();
        write(command);
        machine.Apply(
            new CommandMeta(index, 1, 1_000_000, 0, LaneSource.Of(QueueGroup.NodeA)), command.WrittenMemory, context);
    }
}
