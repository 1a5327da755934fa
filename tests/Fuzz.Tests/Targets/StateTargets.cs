using System.Buffers;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Metadata;
using Cmq.MultiProtocol.Core.Queues;
using Cmq.MultiProtocol.Core.Sessions;
using Cmq.MultiProtocol.Fuzz.Tests.Harness;
using SeedAccessKey = Cmq.MultiProtocol.Core.Metadata.SeedAccessKey;
using SeedUser = Cmq.MultiProtocol.Core.Metadata.SeedUser;

namespace Cmq.MultiProtocol.Fuzz.Tests.Targets;

/// <summary>What a snapshot says, be it a leader's or the disk's: groups with their lanes, outbox, machine and all parts
/// of it; blocks of rows; and what the outbox keeps. It comes behind a good checksum, so that a malformed one is our own
/// bug, and refused as such (<see cref="InvariantException"/>).</summary>
internal static class StateTargets
{
    private static readonly Guid Store = new("0f8fad5b-d9cb-469f-a165-70867728950e");
    private static readonly UnitRef Unit = new(7, 3);

    public static IEnumerable<FuzzTarget> All =>
    [
        State(
            "group-states", DataGroup,
            MachineTargets.QueueCommands.Prepend([.. MachineTargets.Lasting]).Select(commands => Applied(DataGroup(), commands))),
        State("directory-states", Directory, [Applied(Directory(), DirectoryCommands)]),
        Codec("row-blocks", ReadBlock, Copy, Written(Block(isSealed: false).Write), Written(Block(isSealed: true).Write)),
        Codec("row-columns", ReadRows, Copy, Written(Block(isSealed: false).WriteRows)),
        Codec<object>(
            "outbox-payloads", ReadPayload, WritePayload, (Unit, new[] { new QueueId(5) }), (Unit, 9L),
            (Unit, new TopicId(3)), (DirectoryNews.QueueReady, new QueueId(5))),
        Codec<SessionState>(
            "session-contents", input => SessionContent.Read(1, new SessionName(new NamespaceId(1), "client"), "guest", input),
            (output, session) => output.Write(SessionContent.Write(session).Span), Session),
    ];

    /// <summary>Without what ends the node's life: it would take away what belongs to it.</summary>
    private static IEnumerable<byte[]> DirectoryCommands =>
        MachineTargets.DirectoryCommands.Where(command => command is not DirectoryCommand.NodeGone)
            .Prepend(new DirectoryCommand.Bootstrap(
                Guid.Empty, 1, [new Replica(MachineTargets.Life.Node, Store)], ["/"],
                [new SeedUser("guest", ScramVerifier.Decoy, ["administrator"], [new SeedPermission("/", ".*", ".*", ".*")])],
                [new SeedAccessKey("id", new byte[40], "guest", "/")], new DirectoryLimits()))
            .Select(MachineTargets.Write);

    private static SessionState Session
    {
        get
        {
            var session = new SessionState(1, new NamespaceId(1), "client", "guest") { IsPresent = true, LastNumber = 7 };
            session.Put("a/#", "options"u8.ToArray());
            return session;
        }
    }

    private static bool IsRefusal(Exception exception) => exception is InvariantException;

    private static GroupState DataGroup() => new(new GroupId(1), MachineTargets.NewMachine());

    private static GroupState Directory() => new(GroupId.Directory, new DirectoryMachine(new DirectoryQueueCommands()));

    private static byte[] Applied(GroupState group, IEnumerable<byte[]> commands)
    {
        byte[] batch = MachineTargets.Batch(commands, number: 1);
        BatchHeader.Stamp(batch, 1_700_000_000_000);
        group.Apply(new Entry(1, 1, EntryKind.Batch, batch));
        return Written(group.WriteState);
    }

    private static byte[] Written(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return output.WrittenSpan.ToArray();
    }

    private static void Copy(IBufferWriter<byte> output, byte[] state) => output.Write(state);

    /// <summary>A state is its bytes: what was read of an example is written, and read again it must be the same. One that
    /// contradicts itself is only refused or read: its parts were never of one machine.</summary>
    private static CodecTarget<byte[]> State(string name, Func<GroupState> make, IEnumerable<byte[]> examples)
    {
        byte[][] valid = [.. examples];
        return new CodecTarget<byte[]>(name, Read, IsRefusal, valid)
        {
            Write = state => valid.Any(one => one.AsSpan().SequenceEqual(state)) ? state : null,
            // A machine is made for each input.
            Besides = 512 * 1024,
            PerByte = 512,
        };

        byte[] Read(byte[] input)
        {
            GroupState group = make();
            group.ReadState(new ReadOnlySequence<byte>(input));
            return Written(group.WriteState);
        }
    }

    private static RowBlock Block(bool isSealed)
    {
        var block = new RowBlock(100);
        for (int i = 0; i < 3; i++)
            block.Add(new UnitRef(7 + i, 1), 1_700_000_000_000 + i, 5_000, 20, 3);
        if (isSealed)
            block.Seal();
        return block;
    }

    private static byte[] ReadBlock(ReadOnlyMemory<byte> input)
    {
        var reader = new QueueCommandReader(input);
        RowBlock block = RowBlock.Read(ref reader);
        reader.End();
        return Written(block.Write);
    }

    /// <summary>As the block store has them.</summary>
    private static byte[] ReadRows(ReadOnlyMemory<byte> input)
    {
        RowBlock block = Block(isSealed: false);
        var reader = new QueueCommandReader(input);
        block.ReadRows(ref reader);
        reader.End();
        return Written(block.WriteRows);
    }

    private static object ReadPayload(ReadOnlyMemory<byte> input)
    {
        Invariant.Check(!input.IsEmpty, "a payload has a kind");
        return input.Span[0] switch
        {
            MovePayload.Kind => MovePayload.Read(input),
            MovePayload.ChunkKind => MovePayload.ReadChunk(input),
            MovePayload.LastValueKind => MovePayload.ReadLastValue(input),
            _ => DirectoryNews.Read(input.Span),
        };
    }

    private static void WritePayload(IBufferWriter<byte> output, object payload)
    {
        switch (payload)
        {
            case (UnitRef overlay, QueueId[] queues):
                MovePayload.Write(output, overlay, queues);
                break;
            case (UnitRef chunk, long upload):
                MovePayload.WriteChunk(output, chunk, upload);
                break;
            case (UnitRef shown, TopicId topic):
                MovePayload.WriteLastValue(output, shown, topic);
                break;
            case (byte kind, QueueId queue):
                Span<byte> news = stackalloc byte[DirectoryNews.Bytes];
                DirectoryNews.Write(news, kind, queue);
                output.Write(news);
                break;
        }
    }

    private static CodecTarget<T> Codec<T>(
        string name, Func<ReadOnlyMemory<byte>, T> read, Action<IBufferWriter<byte>, T> write, params T[] examples)
    {
        return new CodecTarget<T>(name, input => read(input), IsRefusal, examples.Select(Encoded)) { Write = Encoded };

        byte[] Encoded(T value) => Written(output => write(output, value));
    }
}
