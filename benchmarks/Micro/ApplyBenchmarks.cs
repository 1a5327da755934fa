using System.Buffers;
using BenchmarkDotNet.Attributes;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Queues;

namespace Cmq.MultiProtocol.Benchmarks.Micro;

/// <summary>What a member does with committed entries: a batch of 64 publishes of 1 KB, and what settles them, so that
/// the backlog stays as it is. Per message.</summary>
public class ApplyBenchmarks
{
    private const int Batch = 64;
    private const int BodyBytes = 1024;

    private static readonly GroupId Group = new(1);
    private static readonly QueueId Queue = new(7);
    private static readonly LaneSource Lane = LaneSource.Of(new NodeIncarnation(new NodeId(1), 1));

    private readonly NoContext _context = new(Group);
    private readonly FixedOutput _settle = new(256);
    private readonly SequenceRange[] _range = new SequenceRange[1];
    private ReadOnlyMemory<byte> _publish;
    private QueueMachine _machine = null!;
    private long _index;
    private long _oldest;

    /// <summary>Messages in the queue all the time.</summary>
    [Params(0, 100_000)]
    public int Backlog { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        _machine = new QueueMachine(Group, new QueueMachineOptions());
        _index = 0;
        _oldest = 0;
        _publish = Command(output => QueueCommandWriter.Publish(output, [Queue], new PublishedUnit
        {
            Topic = "shop",
            RoutingKey = "order.new",
            Format = PropertyFormat.Amqp,
            Properties = new byte[] { 0x10, 0, 2 },
            Persistent = true,
            Body = new ReadOnlySequence<byte>(new byte[BodyBytes]),
        }));
        Apply(0, Command(output => QueueCommandWriter.CreateQueue(
            output, new NewQueue(Queue, new NamespaceId(1), "orders", true, false, null, new QueueSettings()))));
        _index++;
        for (int i = 0; i < Backlog; i++)
            PublishBatch(1);
    }

    /// <summary>A consumer that acknowledges many at once.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Batch)]
    public void PublishAndSettleTogether()
    {
        PublishBatch(Batch);
        SettleOldest(0, Batch);
        _index++;
    }

    /// <summary>64 commands in one entry.</summary>
    [Benchmark(OperationsPerInvoke = Batch)]
    public void PublishAndSettleOneByOne()
    {
        PublishBatch(Batch);
        for (int slot = 0; slot < Batch; slot++)
            SettleOldest(slot, 1);
        _index++;
    }

    private static ReadOnlyMemory<byte> Command(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return output.WrittenMemory;
    }

    private void PublishBatch(int messages)
    {
        for (int slot = 0; slot < messages; slot++)
            Apply(slot, _publish);
        _index++;
    }

    private void SettleOldest(int slot, int messages)
    {
        _settle.Clear();
        _range[0] = new SequenceRange(_oldest, messages);
        QueueCommandWriter.Settle(_settle, Queue, default, SettleOutcome.Done, _range);
        Apply(slot, _settle.Written);
        _oldest += messages;
    }

    private void Apply(int slot, ReadOnlyMemory<byte> command)
    {
        Answer answer = _machine.Apply(new CommandMeta(_index, 1, 1_000_000, slot, Lane), command, _context);
        Invariant.Check(answer.Reply == Reply.Ok, "a command of the benchmark is refused");
    }
}
