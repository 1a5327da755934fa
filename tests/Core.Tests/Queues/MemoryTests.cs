using System.Buffers;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Queues;
using Cmq.MultiProtocol.Core.Storage;
using Cmq.MultiProtocol.Core.Tests.Storage;
using Xunit;
using Xunit.Abstractions;

namespace Cmq.MultiProtocol.Core.Tests.Queues;

[Collection(nameof(Alone))]
public sealed class MemoryTests(ITestOutputHelper output)
{
    private const int Messages = 1_000_000;

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    public void A_ready_message_takes_less_than_24_bytes_and_settling_gives_them_back(int perEntry)
    {
        var machine = new QueueMachine(new GroupId(1), new QueueMachineOptions());
        var context = new GroupContext(new GroupId(1));
        byte[] create = Command(writer => QueueCommandWriter.CreateQueue(
            writer, new NewQueue(QueueGroup.Orders, new NamespaceId(1), "orders", true, false, null, new())));
        byte[] publish = Command(
            writer => QueueCommandWriter.Publish(writer, [QueueGroup.Orders], QueueGroup.Unit("a")));
        Apply(machine, context, 1, 0, create);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < Messages; i++)
            Apply(machine, context, 2 + (i / perEntry), i % perEntry, publish);
        long bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        output.WriteLine($"{(double)bytes / Messages:F2} bytes per ready message, {perEntry} to an entry");
        Assert.InRange((double)bytes / Messages, 0, 24);

        byte[] settle = Command(writer => QueueCommandWriter.Settle(
            writer, QueueGroup.Orders, default, Core.Broker.SettleOutcome.Done, [new SequenceRange(0, Messages)]));
        Apply(machine, context, Messages + 2, 0, settle);
        Assert.Empty(machine.LiveIndexes());
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 200_000);
        GC.KeepAlive(machine);
    }

    /// <summary>Entries of one message each are the worst case: they are counted one by one.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    public async Task A_message_of_a_long_backlog_takes_less_than_2_bytes(int perEntry)
    {
        using var disk = new TemporaryDirectory();
        await using FasterLogStore store = FasterLogStore.Open(new LogStoreOptions { Directory = disk.Path });
        var machine = new QueueMachine(
            new GroupId(1), new QueueMachineOptions(), store.Blocks(new GroupId(1)), rowCacheBytes: 1 << 20);
        var context = new GroupContext(new GroupId(1));
        Apply(machine, context, 1, 0, Command(writer => QueueCommandWriter.CreateQueue(
            writer, new NewQueue(QueueGroup.Orders, new NamespaceId(1), "orders", true, false, null, new()))));
        byte[] publish = Command(
            writer => QueueCommandWriter.Publish(writer, [QueueGroup.Orders], QueueGroup.Unit("a")));
        int next = 0;
        for (; next < Messages / 4; next++)
            Apply(machine, context, 2 + (next / perEntry), next % perEntry, publish);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (; next < Messages; next++)
            Apply(machine, context, 2 + (next / perEntry), next % perEntry, publish);
        double bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / (Messages * 0.75);
        var state = new ArrayBufferWriter<byte>();
        machine.WriteState(state);
        output.WriteLine($"{bytes:F2} bytes per message, {perEntry} to an entry; "
            + $"{(double)state.WrittenCount / Messages:F3} in the state");
        Assert.InRange(bytes, 0, 2);
        Assert.InRange((double)state.WrittenCount / Messages, 0, 0.5);

        byte[] settle = Command(writer => QueueCommandWriter.Settle(
            writer, QueueGroup.Orders, default, Core.Broker.SettleOutcome.Done, [new SequenceRange(0, Messages)]));
        Apply(machine, context, Messages + 2, 0, settle);
        Assert.Empty(machine.LiveIndexes());
        Assert.InRange(Directory.GetFiles(Path.Combine(disk.Path, "blocks")).Length, 0, 1);
    }

    [Fact]
    public void Publishing_and_settling_allocate_nothing_per_message_but_rows()
    {
        var machine = new QueueMachine(new GroupId(1), new QueueMachineOptions());
        var context = new GroupContext(new GroupId(1));
        Apply(machine, context, 1, 0, Command(writer => QueueCommandWriter.CreateQueue(
            writer, new NewQueue(QueueGroup.Orders, new NamespaceId(1), "orders", true, false, null, new()))));
        byte[] publish = Command(
            writer => QueueCommandWriter.Publish(writer, [QueueGroup.Orders], QueueGroup.Unit("a")));
        byte[][] settles = new byte[20_000][];
        for (int i = 0; i < settles.Length; i++)
        {
            settles[i] = Command(writer => QueueCommandWriter.Settle(
                writer, QueueGroup.Orders, default, Core.Broker.SettleOutcome.Done, [new SequenceRange(i, 1)]));
        }

        long before = 0;
        for (int i = 0; i < settles.Length; i++)
        {
            if (i == 10_000)
                before = GC.GetAllocatedBytesForCurrentThread();
            Apply(machine, context, 2 + i, 0, publish);
            Apply(machine, context, 2 + i, 1, settles[i]);
        }

        double perMessage = (GC.GetAllocatedBytesForCurrentThread() - before) / 10_000.0;
        output.WriteLine($"{perMessage:F2} bytes allocated per message published and settled");
        Assert.InRange(perMessage, 0, 24);
    }

    /// <summary>Its blocks fill and drain over and over: the rows of one that is done with are those of the next.</summary>
    [Fact]
    public void A_queue_with_some_hundred_messages_allocates_nothing_for_those_that_come_and_go()
    {
        const int Backlog = 300;
        const int Rounds = 20_000;
        var machine = new QueueMachine(new GroupId(1), new QueueMachineOptions());
        var context = new GroupContext(new GroupId(1));
        Apply(machine, context, 1, 0, Command(writer => QueueCommandWriter.CreateQueue(
            writer, new NewQueue(QueueGroup.Orders, new NamespaceId(1), "orders", true, false, null, new()))));
        byte[] publish = Command(
            writer => QueueCommandWriter.Publish(writer, [QueueGroup.Orders], QueueGroup.Unit("a")));
        byte[][] settles = [.. Enumerable.Range(0, Rounds).Select(i => Command(writer => QueueCommandWriter.Settle(
            writer, QueueGroup.Orders, default, Core.Broker.SettleOutcome.Done, [new SequenceRange(i, 1)])))];
        for (int i = 0; i < Backlog; i++)
            Apply(machine, context, 2, i, publish);
        long before = 0;
        for (int i = 0; i < Rounds; i++)
        {
            if (i == Rounds / 2)
                before = GC.GetAllocatedBytesForCurrentThread();
            Apply(machine, context, 3 + i, 0, publish);
            Apply(machine, context, 3 + i, 1, settles[i]);
        }

        double perMessage = (GC.GetAllocatedBytesForCurrentThread() - before) / (Rounds / 2.0);
        output.WriteLine($"{perMessage:F2} bytes allocated per message that comes and goes");
        Assert.InRange(perMessage, 0, 8);
    }

    [Fact]
    public void An_empty_queue_takes_little_in_the_state_and_at_the_leader()
    {
        const int Queues = 10_000;
        long before = GC.GetTotalMemory(forceFullCollection: true);
        var machine = new QueueMachine(new GroupId(1), new QueueMachineOptions());
        var context = new GroupContext(new GroupId(1));
        for (int i = 0; i < Queues; i++)
        {
            Apply(machine, context, 1 + i, 0, Command(writer => QueueCommandWriter.CreateQueue(
                writer, new NewQueue(new QueueId(i), new NamespaceId(1), $"q{i}", true, false, null, new()))));
            context.Sent.Clear();
        }

        long state = GC.GetTotalMemory(forceFullCollection: true) - before;
        var group = new QueueGroup();
        var dispatcher = new QueueDispatcher(machine, group, new Core.Broker.LimitOptions());
        dispatcher.BecomeLeader(1_000_000, []);
        dispatcher.Pump(1_000_000);
        long leader = GC.GetTotalMemory(forceFullCollection: true) - before - state;
        output.WriteLine($"{state / Queues} bytes of state and {leader / Queues} at the leader per empty queue");
        Assert.InRange((state + leader) / Queues, 0, 4_096);
        GC.KeepAlive(dispatcher);
    }

    private static void Apply(QueueMachine machine, GroupContext context, long index, int slot, byte[] command) =>
        machine.Apply(new CommandMeta(index, 1, 1_000_000, slot, LaneSource.Of(QueueGroup.NodeA)), command, context);

    private static byte[] Command(Action<ArrayBufferWriter<byte>> write)
    {
        var command = new ArrayBufferWriter<byte>();
        write(command);
        return command.WrittenSpan.ToArray();
    }
}
