using System.Buffers;
using System.Security.Cryptography;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Metadata;
using Xunit;
using static Cmq.MultiProtocol.Core.Tests.Metadata.TestDirectory;

namespace Cmq.MultiProtocol.Core.Tests.Metadata;

public sealed class DirectoryStateTests
{
    private static readonly QueueSettings FullSettings = new()
    {
        MessageTtlMs = 1,
        IdleExpiryMs = 2,
        MaxMessages = 3,
        MaxBytes = 4,
        Overflow = Overflow.Refuse,
        DeadLetter = new DeadLetterTarget("dead", "key"),
        MaxDeliveries = 5,
        DeadLetterAfterMs = 6,
        RetentionMs = 7,
        RewindMs = 8,
        VisibilityTimeoutMs = 9,
        PollingWaitMs = 10,
        MaxMessageBytes = 11,
        MaxDelayed = 12,
        MaxCheckedOut = 13,
    };

    private static readonly HeaderMatch Match = new(All: false,
    [
        new("a", HeaderValue.Void),
        new("b", new HeaderValue(HeaderValueKind.Integer, -5, "")),
        new("c", new HeaderValue(HeaderValueKind.Bytes, 0, "\u00ff\u0000x")),
    ]);

    public static TheoryData<string> EveryKind =>
        [.. Enum.GetNames<DirectoryCommandKind>().Where(name => name != nameof(DirectoryCommandKind.None))];

    [Fact]
    public void The_same_commands_give_the_same_bytes()
    {
        TestDirectory directory = Lively();
        var replay = new DirectoryMachine(new RecordingQueueCommands());
        var context = new RecordingContext();

        foreach ((var meta, byte[] command) in directory.Log)
            replay.Apply(meta, command, context);

        Assert.Equal(directory.StateBytes, StateBytesOf(replay));
        Assert.Equal(directory.Context.Sent, context.Sent);
    }

    /// <summary>Hashes are seeded per process: an order that leaked from a table would differ from run to
    /// run. The figure changes with the format of the state only.</summary>
    [Fact]
    public void The_same_commands_give_the_same_bytes_in_every_process()
    {
        Assert.Equal("6E44DE41F8AE41F2", Convert.ToHexString(SHA256.HashData(Lively().StateBytes))[..16]);
    }

    [Fact]
    public void A_state_that_was_written_and_read_is_the_same_and_goes_on_the_same_way()
    {
        TestDirectory directory = Lively();
        var copy = new DirectoryMachine(new RecordingQueueCommands());

        copy.ReadState(new ReadOnlySequence<byte>(directory.StateBytes));
        Assert.Equal(directory.StateBytes, StateBytesOf(copy));
        Assert.Equal(directory.Snapshot.AppliedIndex, copy.Snapshot.AppliedIndex);

        int before = directory.Log.Count;
        directory.Context.Take();
        directory.Ok(new DirectoryCommand.RemoveConnectionQueues(Connection1));
        directory.Ok(new DirectoryCommand.NodeGone(Node2));
        directory.Ok(new DirectoryCommand.DeleteUser("u"));
        directory.Ok(new DirectoryCommand.DeleteTopic(directory.Topic("pattern").Id, IfUnused: false));
        directory.Ok(new DirectoryCommand.NodeGone(Node1));
        directory.Ok(new DirectoryCommand.DeclareQueue(directory.Root, Declaration("new"), Connection1));
        var context = new RecordingContext();
        foreach ((var meta, byte[] command) in directory.Log.Skip(before))
            copy.Apply(meta, command, context);

        Assert.Equal(directory.StateBytes, StateBytesOf(copy));
        Assert.Equal(directory.Context.Sent, context.Sent);
    }

    [Fact]
    public void A_state_cut_short_is_not_read()
    {
        byte[] bytes = Lively().StateBytes;
        for (int length = 0; length < bytes.Length; length += 7)
        {
            var machine = new DirectoryMachine(new RecordingQueueCommands());
            var cut = new ReadOnlySequence<byte>(bytes.AsMemory(0, length));
            Assert.Throws<MalformedException>(() => machine.ReadState(cut));
        }
    }

    [Theory, MemberData(nameof(EveryKind))]
    public void Every_command_survives_its_bytes_and_no_cut_of_them(string kind)
    {
        DirectoryCommand command = Sample(Enum.Parse<DirectoryCommandKind>(kind));
        byte[] bytes = Encode(command);

        DirectoryCommand read = DirectoryCommandCodec.Read(bytes);

        Assert.Equal((byte)Enum.Parse<DirectoryCommandKind>(kind), bytes[0]);
        Assert.IsType(command.GetType(), read);
        Assert.Equal(bytes, Encode(read));
        Assert.Equivalent(command, read);
        for (int length = 0; length < bytes.Length; length++)
            Assert.Throws<MalformedException>(() => DirectoryCommandCodec.Read(bytes.AsMemory(0, length)));
        Assert.Throws<MalformedException>(() => DirectoryCommandCodec.Read((byte[])[.. bytes, 0]));
    }

    [Fact]
    public void News_from_groups_is_one_byte_and_the_queue_number()
    {
        byte[] news = [200, 7, 0, 0, 0, 0, 0, 0, 0];
        Assert.Equal(new DirectoryCommand.QueueReady(new QueueId(7)), DirectoryCommandCodec.Read(news));
        news[0] = 201;
        Assert.Equal(new DirectoryCommand.QueueGone(new QueueId(7)), DirectoryCommandCodec.Read(news));
        news[0] = 202;
        Assert.Throws<MalformedException>(() => DirectoryCommandCodec.Read(news));
    }

    // Some of everything, and traces of what is gone.
    private static TestDirectory Lively()
    {
        TestDirectory directory = Started();
        directory.Ok(new DirectoryCommand.RegisterNode(Node2, StoreId, "127.0.0.1:7401")
        {
            Services = [new ServiceAddress("s:1", "host:2")],
        });
        directory.Ok(new DirectoryCommand.PutMember(new Replica(new NodeId(3), StoreId)));
        directory.Ok(new DirectoryCommand.PutMember(new Replica(new NodeId(4), StoreId)));
        directory.Ok(new DirectoryCommand.RemoveMember(new NodeId(4)));
        TopicInfo pattern = directory.DeclareTopic("pattern", TopicKind.Pattern);
        TopicInfo loose = directory.DeclareTopic("loose", TopicKind.Fanout, durable: false);
        TopicInfo headers = directory.Topic("amq.headers");
        for (int i = 0; i < 40; i++)
        {
            QueueInfo queue = directory.DeclareQueue($"q{i}", durable: i % 3 > 0, exclusive: i % 5 == 0);
            directory.Bind(pattern, queue, $"*.{i % 4}.#");
            directory.Bind(loose, queue);
            directory.BindMatch(headers, queue, Match, $"{i}");
            if (i % 7 == 0)
                directory.News(queue.Group, new DirectoryCommand.QueueGone(queue.Id));
        }
        directory.Bind(pattern, loose, "x");
        directory.DeclareQueue("other", exclusive: true, declarer: Connection2);
        directory.Ok(new DirectoryCommand.RemoveConnectionQueues(Connection2));
        directory.DeclareQueue("third", exclusive: true, declarer: new ConnectionKey(Node2, 8));
        directory.Ok(new DirectoryCommand.DeclareQueue(
            directory.Root, Declaration("creating") with { Settings = FullSettings }, Connection1));
        directory.Grow(directory.DeclareTopic("shop", TopicKind.Pattern), new GroupId(2), 3);
        directory.Ok(new DirectoryCommand.GrowPartitions(
            directory.Topic("shop").Id, new GroupId(1), 2, FullSettings));
        directory.Grow(directory.DeclareTopic("closed", TopicKind.Pattern), new GroupId(1), 2);
        directory.Ok(new DirectoryCommand.DeleteTopic(directory.Topic("closed").Id, IfUnused: false));
        directory.Ok(new DirectoryCommand.PutNamespace("ns"));
        directory.Ok(new DirectoryCommand.PutUser("u", Verifier, ["a", "b"]));
        directory.Ok(new DirectoryCommand.SetPermissions("u", directory.Root, "c", "w", "r"));
        directory.Ok(new DirectoryCommand.PutAccessKey(
            new AccessKeyRecord("key2", new byte[] { 4, 5 }, "u", directory.Root, Enabled: false)));
        return directory;
    }

    private static DirectoryCommand Sample(DirectoryCommandKind kind) => kind switch
    {
        DirectoryCommandKind.Bootstrap => Bootstrap(new DirectoryLimits { MaxTopics = 5 }, 3),
        DirectoryCommandKind.RaiseVersion => new DirectoryCommand.RaiseVersion(2),
        DirectoryCommandKind.RegisterNode => new DirectoryCommand.RegisterNode(Node1, StoreId, "host:1")
        {
            Services = [new ServiceAddress("s:1", "host:2"), new ServiceAddress("s:2", "host:3")],
        },
        DirectoryCommandKind.NodeGone => new DirectoryCommand.NodeGone(Node2),
        DirectoryCommandKind.PutMember => new DirectoryCommand.PutMember(new Replica(new NodeId(4), StoreId)),
        DirectoryCommandKind.RemoveMember => new DirectoryCommand.RemoveMember(new NodeId(5)),
        DirectoryCommandKind.DeclareTopic => new DirectoryCommand.DeclareTopic(
            new NamespaceId(3), new TopicDeclaration("t", TopicKind.Pattern, true, false, true, new byte[] { 1 })),
        DirectoryCommandKind.DeleteTopic => new DirectoryCommand.DeleteTopic(new TopicId(4), IfUnused: true),
        DirectoryCommandKind.GrowPartitions => new DirectoryCommand.GrowPartitions(
            new TopicId(4), new GroupId(2), 8, FullSettings),
        DirectoryCommandKind.ChangeTopic => new DirectoryCommand.ChangeTopic(new TopicId(4), new byte[] { 7, 8 }),
        DirectoryCommandKind.DeclareQueue => new DirectoryCommand.DeclareQueue(
            new NamespaceId(3), Declaration("q", ignoreCase: true) with { Settings = FullSettings }, Connection1),
        DirectoryCommandKind.ChangeQueue => new DirectoryCommand.ChangeQueue(
            new QueueId(5), FullSettings with { DeadLetter = new DeadLetterTarget("", null), MaxBytes = null }),
        DirectoryCommandKind.RemoveConnectionQueues => new DirectoryCommand.RemoveConnectionQueues(Connection2),
        DirectoryCommandKind.Bind => new DirectoryCommand.Bind(
            new BindingInfo(new TopicId(1), new QueueId(2), null, "k", Match, new byte[] { 2 })),
        DirectoryCommandKind.Unbind => new DirectoryCommand.Unbind(
            new BindingInfo(new TopicId(1), null, new TopicId(2), "é", null, new byte[] { 2 })),
        DirectoryCommandKind.PutNamespace => new DirectoryCommand.PutNamespace("ns"),
        DirectoryCommandKind.DeleteNamespace => new DirectoryCommand.DeleteNamespace(new NamespaceId(9)),
        DirectoryCommandKind.PutUser => new DirectoryCommand.PutUser("u", Verifier, ["a", "b"]),
        DirectoryCommandKind.DeleteUser => new DirectoryCommand.DeleteUser("u"),
        DirectoryCommandKind.SetPermissions => new DirectoryCommand.SetPermissions(
            "u", new NamespaceId(1), "c", "w", "r"),
        DirectoryCommandKind.ClearPermissions => new DirectoryCommand.ClearPermissions("u", new NamespaceId(1)),
        DirectoryCommandKind.PutAccessKey => new DirectoryCommand.PutAccessKey(
            new AccessKeyRecord("k", new byte[] { 1, 2 }, "u", new NamespaceId(1), Enabled: true)),
        DirectoryCommandKind.DeleteAccessKey => new DirectoryCommand.DeleteAccessKey("k"),
        DirectoryCommandKind.QueueReady => new DirectoryCommand.QueueReady(new QueueId(6)),
        DirectoryCommandKind.QueueGone => new DirectoryCommand.QueueGone(new QueueId(long.MaxValue)),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
