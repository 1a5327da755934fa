using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Queues;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Queues;

/// <summary>
/// All commands, with all settings, at random: members stay equal, snapshots are complete, and in the end no
/// log entry is kept for nobody.
/// </summary>
public sealed class RandomCommandTests
{
    private const int QueueCount = 4;
    private static readonly QueueId Partition = new(QueueCount + 1);

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 25)];

    [Theory, MemberData(nameof(Seeds))]
    public void Members_stay_equal_and_nothing_is_kept_for_nobody(int seed)
    {
        var random = new Random(seed);
        var group = new QueueGroup(
            new QueueMachineOptions { MaxWorkPerTick = 3, MaxUploads = 3, MaxCountedPerQueue = 20 });
        group.Routes["dead"] =
        [
            new RouteTarget(group.Machine.Group, new QueueId(2), "q2"),
            new RouteTarget(new GroupId(2), new QueueId(90), "far"),
            new RouteTarget(group.Machine.Group, Partition, ""),
        ];
        group.Routes["back"] = [new RouteTarget(group.Machine.Group, new QueueId(1), "q1")];
        for (int step = 0; step < 500; step++)
        {
            Step(group, random);
            if (step % 25 == 0)
                group.CheckState();
            if (step % 150 == 149)
                group.ChangeLeader();
        }

        group.Pass(1);
        for (int id = 1; id <= Partition.Value; id++)
            group.Apply(output => QueueCommandWriter.RemoveQueue(output, new QueueId(id)));
        group.Pass(120_000);
        foreach ((GroupId target, byte[] payload) in group.Context.Sent)
        {
            if (target == GroupId.Directory)
                continue;
            Assert.NotEqual(0, group.Machine.Materialize(payload, group).Length);
            group.Deliver(payload);
        }

        group.CheckState();
        Assert.Empty(group.Machine.LiveIndexes());
    }

    private static void Step(QueueGroup group, Random random)
    {
        var queue = new QueueId(random.Next(1, QueueCount + 1));
        NodeIncarnation node = random.Next(2) == 0 ? QueueGroup.NodeA : QueueGroup.NodeB;
        var connection = new ConnectionKey(node, random.Next(1, 4));
        switch (random.Next(22))
        {
            case 0:
                group.Create(
                    Settings(random),
                    queue.Value,
                    $"q{queue}",
                    autoDelete: random.Next(8) == 0,
                    owner: random.Next(8) == 0 ? connection : null);
                break;
            case 1:
                group.Apply(output => QueueCommandWriter.ChangeQueue(output, queue, Settings(random)));
                break;
            case 2 when random.Next(4) == 0:
                group.Apply(output => QueueCommandWriter.RemoveQueue(output, queue));
                break;
            case 3 when random.Next(6) == 0:
                group.Apply(output => QueueCommandWriter.NodeGone(output, node));
                break;
            case < 9:
                Publish(group, random, queue);
                break;
            case 9:
                group.Apply(
                    output => QueueCommandWriter.Chunk(output, random.Next(4), new ReadOnlySequence<byte>(new byte[5])),
                    LaneSource.Of(node));
                break;
            case < 13:
                group.Apply(output => QueueCommandWriter.Settle(
                    output, queue, connection, (SettleOutcome)random.Next(3),
                    [new SequenceRange(random.Next(60), random.Next(1, 9))]));
                break;
            case 13:
                group.Apply(output => QueueCommandWriter.SettleReceipts(
                    output, queue, [random.Next(1, 40), random.Next(1, 40)]));
                break;
            case 14:
                var consumer = new ConsumerKey(connection, random.Next(1, 3));
                group.Apply(output => QueueCommandWriter.Attach(
                    output, queue, consumer, random.Next(2), random.Next(9) == 0, Math.Max(0, random.Next(-6, 4))));
                group.Credit(consumer, random.Next(1, 9), queue);
                break;
            case 15:
                group.Apply(output => QueueCommandWriter.Detach(output, queue, new ConsumerKey(connection, 1)));
                break;
            case 16:
                group.Apply(output => QueueCommandWriter.CloseConnection(output, connection));
                break;
            case 17:
                group.Dispatcher.Handle(
                    new QueueRequest.Receive(
                        group.NextRequest(), queue, connection, random.Next(1, 6), random.Next(2_000)),
                    group.NowMs);
                break;
            case 18:
                group.Dispatcher.Handle(
                    new QueueRequest.Get(group.NextRequest(), queue, connection, random.Next(2) == 0),
                    group.NowMs);
                break;
            case 19:
                group.Ask(id => random.Next(2) == 0
                    ? new QueueRequest.Rewind(id, queue, group.NowMs - random.Next(5_000))
                    : new QueueRequest.Purge(id, queue));
                break;
            case 20:
                group.Pass(random.Next(3_000));
                break;
            default:
                group.Settle();
                break;
        }
    }

    private static void CreatePartition(QueueGroup group, Random random)
    {
        if (random.Next(20) > 0)
            return;
        var settings = new QueueSettings { RetentionMs = random.Next(3) == 0 ? null : random.Next(1, 9_000) };
        group.Apply(output => QueueCommandWriter.CreateQueue(
            output,
            new NewQueue(Partition, new NamespaceId(1), "", true, false, null, settings) { IsPartition = true }));
        if (random.Next(5) == 0)
            group.Apply(output => QueueCommandWriter.RemoveQueue(output, Partition));
    }

    private static void Publish(QueueGroup group, Random random, QueueId queue)
    {
        CreatePartition(group, random);
        QueueId[] targets = random.Next(3) == 0 ? [queue, new QueueId(1 + (queue.Value % QueueCount))] : [queue];
        if (random.Next(3) == 0)
            targets = [.. targets, Partition];
        PublishedUnit unit = QueueGroup.Unit(new string('x', random.Next(30))) with
        {
            TtlMs = random.Next(3) == 0 ? random.Next(4_000) : null,
            DelayMs = random.Next(4) == 0 ? random.Next(3_000) : 0,
            TagHash = random.Next(3),
        };
        if (random.Next(5) == 0)
            unit = unit with { Upload = random.Next(4), UploadBytes = 5 * random.Next(1, 3) };
        group.Apply(output => QueueCommandWriter.Publish(output, targets, unit));
    }

    private static QueueSettings Settings(Random random)
    {
        long? Maybe(int below) => random.Next(3) == 0 ? random.Next(1, below) : null;
        return new QueueSettings
        {
            MessageTtlMs = Maybe(8_000),
            IdleExpiryMs = Maybe(9_000),
            MaxMessages = Maybe(12),
            MaxBytes = Maybe(300),
            Overflow = (Overflow)random.Next(2),
            DeadLetter = random.Next(2) == 0
                ? new DeadLetterTarget(random.Next(2) == 0 ? "dead" : "back", null)
                : null,
            MaxDeliveries = (int?)Maybe(4),
            DeadLetterAfterMs = Maybe(9_000),
            RetentionMs = Maybe(20_000),
            RewindMs = random.Next(2) * random.Next(1, 9_000),
            VisibilityTimeoutMs = random.Next(1, 3_000),
            MaxDelayed = random.Next(1, 5),
            MaxCheckedOut = random.Next(1, 6),
        };
    }
}
