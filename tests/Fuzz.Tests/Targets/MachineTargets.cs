using System.Buffers;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.ConsumerGroups;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.LastValues;
using Cmq.MultiProtocol.Core.Metadata;
using Cmq.MultiProtocol.Core.Queues;
using Cmq.MultiProtocol.Core.Sessions;
using Cmq.MultiProtocol.Fuzz.Tests.Harness;

namespace Cmq.MultiProtocol.Fuzz.Tests.Targets;

/// <summary>What stands in the logs: batches, and the commands of both machines. Nodes make them, so that a malformed
/// one is our own bug, and refused as such (<see cref="InvariantException"/>).</summary>
internal static class MachineTargets
{
    /// <summary>A batch of a hostile count is not walked to its end.</summary>
    private const int MaxSlots = 256;

    private static readonly NodeIncarnation Node = new(new NodeId(2), 7);
    private static readonly ConnectionKey Connection = new(Node, 9);
    private static readonly ConsumerKey Consumer = new(Connection, 1);
    private static readonly QueueId Queue = new(5);
    private static readonly QueueId Partition = new(6);
    private static readonly NamespaceId Namespace = new(1);
    private static readonly ConsumerGroupKey Group = new(Namespace, "CG");

    /// <summary>A message with all that one can have.</summary>
    public static readonly PublishedUnit Unit = new()
    {
        Topic = "topic",
        RoutingKey = "a.b",
        MoreKeys = ["c"],
        Format = PropertyFormat.Amqp,
        Properties = "block"u8.ToArray(),
        Persistent = true,
        TtlMs = 60_000,
        TagHash = 3,
        Body = new ReadOnlySequence<byte>("body"u8.ToArray()),
        Overlay = new Overlay("dead", "k", ["m"], [new Death("q", DeathReason.MaxLength, 3, 77, "t", ["a"], true)]),
        PublishedMs = 55,
    };

    private static readonly QueueSettings Settings = new()
    {
        MessageTtlMs = 5_000,
        MaxMessages = 10,
        DeadLetter = new DeadLetterTarget("dead", "key"),
        MaxDeliveries = 3,
        MaxMessageBytes = 1_000,
        RewindMs = 9_000,
    };

    public static IEnumerable<FuzzTarget> All =>
    [
        new CodecTarget<(BatchHeader Header, List<ReadOnlyMemory<byte>> Commands)>(
            "batches", ReadBatch, IsRefusal, Batch([Publish(Queue), Publish(Partition)]), Batch([])),
        new CodecTarget<List<Answer>>("queue-commands", ApplyBatch, IsRefusal, QueueCommands.Select(commands => Batch(commands)))
        {
            // A machine is made for each input.
            Besides = 512 * 1024,
            PerByte = 512,
        },
        new CodecTarget<DirectoryCommand>(
            "directory-commands", input => DirectoryCommandCodec.Read(input), IsRefusal, DirectoryCommands.Select(Write))
        {
            Write = Write,
        },
    ];

    /// <summary>Commands of a data group that follow each other.</summary>
    public static IEnumerable<byte[][]> QueueCommands
    {
        get
        {
            byte[] queue = Command(output => QueueCommandWriter.CreateQueue(
                output, new NewQueue(Queue, Namespace, "q", true, false, null, Settings)));
            byte[] partition = Command(output => QueueCommandWriter.CreateQueue(
                output, new NewQueue(Partition, Namespace, "", true, false, null, Settings) { IsPartition = true }));
            yield return [queue, Publish(Queue), Publish(Queue), Command(output => QueueCommandWriter.Settle(
                output, Queue, Connection, SettleOutcome.Done, [new SequenceRange(0, 1)]))];
            yield return [partition, queue, Publish(Queue, Partition), Command(output => QueueCommandWriter.Tick(output))];
            yield return
            [
                queue,
                Publish(Queue),
                Command(output => QueueCommandWriter.Attach(output, Queue, Consumer, 1, false)),
                Command(output => QueueCommandWriter.CheckOut(output, Queue, new RequestId(Node, 4), [0])),
                Command(output => QueueCommandWriter.SettleReceipts(output, Queue, [1])),
                Command(output => QueueCommandWriter.Return(output, Queue, [new SequenceRange(0, 1)])),
                Command(output => QueueCommandWriter.Drop(output, Queue, DropReason.Expired, 3, [new SequenceRange(0, 1)])),
                Command(output => QueueCommandWriter.Rewind(output, Queue, 5, 6)),
                Command(output => QueueCommandWriter.ChangeQueue(output, Queue, Settings)),
                Command(output => QueueCommandWriter.CloseConnection(output, Connection)),
                Command(output => QueueCommandWriter.RemoveQueue(output, Queue)),
                Command(output => QueueCommandWriter.NodeGone(output, Node)),
            ];
            yield return
            [
                Command(output => QueueCommandWriter.Chunk(output, 3, new ReadOnlySequence<byte>(new byte[20]))),
                Command(output => new ParkHead(Namespace, "PG", -1).Write(output, Unit)),
                Command(output => ParkedCommands.Show(output, Namespace, 77, "PG")),
                Command(output => ParkedCommands.List(output, 3, [77])),
            ];
            yield return
            [
                partition,
                Command(output => ConsumerGroupCommands.Join(output, Group, "m", Connection, 30_000, "meta"u8)),
                Command(output => ConsumerGroupCommands.CommitOffset(output, Group, Partition, 3)),
                Command(output => ConsumerGroupCommands.Lock(output, Group, "m", 60_000, [Partition])),
                Command(output => ConsumerGroupCommands.Unlock(output, Group, "m", [Partition])),
                Command(output => ConsumerGroupCommands.Leave(output, Group, "m", Connection)),
            ];
            yield return
            [
                Command(output => SessionCommands.Close(output, Namespace, "client", 1, true, 5_000)),
                Command(output => SessionCommands.PutSubscription(output, new SessionKey(1, 1), "a/#", "options"u8)),
                Command(output => LastValueCommands.Put(output, new TopicId(3), Unit)),
                Command(output => LastValueCommands.Clear(output, new TopicId(3), "a.b")),
            ];
        }
    }

    /// <summary>Something of each kind that a data group keeps; nothing takes it away again.</summary>
    public static IEnumerable<byte[]> Lasting
    {
        get
        {
            yield return Command(output => QueueCommandWriter.CreateQueue(
                output, new NewQueue(Queue, Namespace, "q", true, false, Connection, Settings)));
            yield return Command(output => QueueCommandWriter.CreateQueue(
                output, new NewQueue(Partition, Namespace, "", true, false, null, Settings) { IsPartition = true }));
            yield return Command(output => QueueCommandWriter.Attach(output, Queue, Consumer, 1, false));
            yield return Publish(Queue, Partition);
            yield return Command(output => QueueCommandWriter.Publish(
                output, [Queue], Unit with { Producer = new ProducerNumber(7, 8), DelayMs = 5_000 }));
            yield return Publish(Queue);
            yield return Publish(Queue);
            yield return Command(output => QueueCommandWriter.CheckOut(output, Queue, new RequestId(Node, 4), [0]));
            yield return Command(output => QueueCommandWriter.Drop(
                output, Queue, DropReason.Expired, 3, [new SequenceRange(2, 3)]));
            yield return Command(output => QueueCommandWriter.Chunk(output, 3, new ReadOnlySequence<byte>(new byte[20])));
            yield return Command(output => new ParkHead(Namespace, "PG", -1).Write(output, Unit));
            yield return Command(output => ConsumerGroupCommands.Join(output, Group, "m", Connection, 30_000, "meta"u8));
            yield return Command(output => ConsumerGroupCommands.CommitOffset(output, Group, Partition, 3));
            yield return Command(output => ConsumerGroupCommands.Lock(output, Group, "m", 60_000, [Partition]));
            yield return Command(output => new SessionOpen(
                Namespace, "client", "guest", Connection, 1, false, 60_000, 0).Write(output));
            var session = new SessionKey(1, 1);
            yield return Command(output => SessionCommands.PutSubscription(output, session, "a/#", "options"u8));
            yield return Command(output => SessionCommands.RecordInbound(output, session, 5));
            yield return Command(output => SessionCommands.RecordReleased(output, session, 6));
            yield return Command(output => LastValueCommands.Put(output, new TopicId(3), Unit));
        }
    }

    public static NodeIncarnation Life => Node;

    /// <summary>A data group's, with all the parts that it has.</summary>
    public static QueueMachine NewMachine()
    {
        var parked = new ParkedPart();
        return new QueueMachine(new GroupId(1), new QueueMachineOptions(),
        [
            new SessionPart(parked, 2, SessionLimits.Default), new LastValuePart(LastValueLimits.Default),
            new ConsumerGroupPart(new ConsumerGroupLimits()), parked,
        ]);
    }

    public static DirectoryCommand[] DirectoryCommands =>
    [
        new DirectoryCommand.RegisterNode(Node, new Guid("0f8fad5b-d9cb-469f-a165-70867728950e"), "host:7400")
        {
            Services = [new ServiceAddress("rocketmq:1", "host:10911")],
        },
        new DirectoryCommand.DeclareTopic(
            Namespace, new TopicDeclaration("t", TopicKind.Pattern, true, false, false, "arguments"u8.ToArray())),
        new DirectoryCommand.GrowPartitions(new TopicId(3), new GroupId(1), 4, Settings),
        new DirectoryCommand.DeclareQueue(
            Namespace, new QueueDeclaration("q", true, false, false, Settings, "arguments"u8.ToArray()), Connection),
        new DirectoryCommand.Bind(new BindingInfo(
            new TopicId(3), Queue, null, "a.#",
            new HeaderMatch(true, [new("h", new HeaderValue(HeaderValueKind.Integer, 5, ""))]), "arguments"u8.ToArray())),
        new DirectoryCommand.PutUser("guest", ScramVerifier.Decoy, ["administrator"]),
        new DirectoryCommand.SetPermissions("guest", Namespace, ".*", "^a", ""),
        new DirectoryCommand.PutAccessKey(new AccessKeyRecord("id", new byte[40], "guest", Namespace, true)),
        new DirectoryCommand.NodeGone(Node),
        new DirectoryCommand.PutMember(new Replica(new NodeId(4), new Guid("0f8fad5b-d9cb-469f-a165-70867728950e"))),
        new DirectoryCommand.RemoveMember(new NodeId(4)),
    ];

    private static bool IsRefusal(Exception exception) => exception is InvariantException;

    private static byte[] Publish(params QueueId[] targets) => Command(output => QueueCommandWriter.Publish(output, targets, Unit));

    public static byte[] Command(Action<ArrayBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>A batch of the lane of <see cref="Life"/>.</summary>
    public static byte[] Batch(IEnumerable<byte[]> commands, long number = 3)
    {
        var batch = new BatchBuilder();
        foreach (byte[] command in commands)
            batch.Add(command);
        return batch.Seal(BatchKind.Machine, LaneSource.Of(Node), number, number - 1).ToArray();
    }

    private static (BatchHeader Header, List<ReadOnlyMemory<byte>> Commands) ReadBatch(byte[] input)
    {
        BatchHeader header = BatchHeader.Read(input);
        var commands = new List<ReadOnlyMemory<byte>>();
        for (int slot = 0; slot < Math.Min(header.Count, MaxSlots); slot++)
            commands.Add(BatchView.Command(input, slot));
        return (header, commands);
    }

    /// <summary>Applies the commands to a new machine.</summary>
    private static List<Answer> ApplyBatch(byte[] input)
    {
        (BatchHeader header, List<ReadOnlyMemory<byte>> commands) = ReadBatch(input);
        QueueMachine machine = NewMachine();
        var context = new Context();
        var answers = new List<Answer>();
        for (int slot = 0; slot < commands.Count; slot++)
            answers.Add(machine.Apply(new CommandMeta(10, 1, 1_000, slot, header.Source), commands[slot], context));
        return answers;
    }

    public static byte[] Write(DirectoryCommand command)
    {
        var output = new ArrayBufferWriter<byte>();
        DirectoryCommandCodec.Write(output, command);
        return output.WrittenSpan.ToArray();
    }

    private sealed class Context : IGroupContext
    {
        public GroupId Group => new(1);

        public long OutboxBytes { get; private set; }

        public void Send(GroupId target, ReadOnlySpan<byte> payload) => OutboxBytes += payload.Length;

        public void EndLanes(NodeIncarnation gone)
        {
            // Nobody else has lanes here.
        }
    }
}
