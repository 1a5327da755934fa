using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Queues;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Queues;

/// <summary>Members differ in when they look for what is due; apply must not: one that looks after each command, as a
/// leader does, one that never looks, and one that began with a snapshot.</summary>
public sealed class DueTests
{
    private static readonly ConnectionKey Reader = new(QueueGroup.NodeA, 50);

    private readonly QueueMachine _looks = New();
    private readonly QueueMachine _never = New();
    private QueueMachine _restored = New();
    private long _index;
    private long _nowMs = 1_000_000;

    [Fact]
    public void What_was_looked_up_meanwhile_does_not_decide_what_a_tick_drops()
    {
        Create(1, new QueueSettings { RetentionMs = 1_000 });
        Publish(1);
        _nowMs += 100;
        Publish(1);
        Settle(1, 0);
        _nowMs += 1_400;
        Tick();

        Check();
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Random_histories_are_the_same_on_all_members(int seed)
    {
        var random = new Random(seed);
        for (int queue = 1; queue <= 3; queue++)
        {
            Create(queue, new QueueSettings
            {
                RetentionMs = queue == 3 ? null : random.Next(500, 3_000),
                RewindMs = queue == 1 ? 0 : random.Next(500, 3_000),
                VisibilityTimeoutMs = 700,
            });
        }

        var stored = new long[4];
        for (int step = 0; step < 400; step++)
        {
            int queue = random.Next(1, 4);
            _nowMs += random.Next(0, 200);
            switch (random.Next(5))
            {
                case 0 or 1:
                    Publish(queue, delayMs: random.Next(4) == 0 ? random.Next(1, 900) : 0);
                    stored[queue]++;
                    break;
                case 2 when stored[queue] > 0:
                    Settle(queue, random.NextInt64(stored[queue]));
                    break;
                case 3 when stored[queue] > 0:
                    long[] sequences = [random.NextInt64(stored[queue])];
                    var request = new RequestId(QueueGroup.NodeA, step);
                    Apply(
                        output => QueueCommandWriter.CheckOut(output, new QueueId(queue), request, sequences),
                        LaneSource.Leader);
                    break;
                case 4:
                    Tick();
                    Check();
                    break;
            }

            if (random.Next(20) == 0)
                Restore();
        }
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 30)];

    private static QueueMachine New() => new(new GroupId(1), new QueueMachineOptions());

    private void Create(long id, QueueSettings settings) => Apply(
        output => QueueCommandWriter.CreateQueue(
            output,
            new NewQueue(new QueueId(id), new NamespaceId(1), $"q{id}", true, false, Owner: null, settings)),
        new LaneSource(LaneSourceKind.Group, 0, 0));

    private void Publish(long queue, long delayMs = 0) => Apply(output => QueueCommandWriter.Publish(
        output, [new QueueId(queue)], QueueGroup.Unit("a") with { DelayMs = delayMs }));

    private void Settle(long queue, long sequence) => Apply(output => QueueCommandWriter.Settle(
        output, new QueueId(queue), Reader, SettleOutcome.Done, [new SequenceRange(sequence, 1)]));

    private void Tick() => Apply(QueueCommandWriter.Tick, LaneSource.Leader);

    private void Restore()
    {
        _restored = New();
        _restored.ReadState(new ReadOnlySequence<byte>(QueueGroup.StateOf(_looks)));
    }

    private void Check()
    {
        byte[] state = QueueGroup.StateOf(_looks);
        Assert.Equal(state, QueueGroup.StateOf(_never));
        Assert.Equal(state, QueueGroup.StateOf(_restored));
    }

    private void Apply(Action<ArrayBufferWriter<byte>> write, LaneSource? source = null)
    {
        var command = new ArrayBufferWriter<byte>();
        write(command);
        var meta = new CommandMeta(++_index, 1, _nowMs, 0, source ?? LaneSource.Of(QueueGroup.NodeA));
        foreach (QueueMachine machine in (QueueMachine[])[_looks, _never, _restored])
            machine.Apply(meta, command.WrittenMemory, new GroupContext(new GroupId(1)));
        _ = _looks.NextTickMs;
    }
}
