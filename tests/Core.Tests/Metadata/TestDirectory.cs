using System.Buffers;
using System.Text;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Metadata;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Metadata;

/// <summary>A directory with a log: every command goes through its bytes and is kept for replay.</summary>
internal sealed class TestDirectory
{
    public const long StartMs = 1_700_000_000_000;

    public static readonly Guid ClusterId = new("11111111-2222-3333-4444-555555555555");
    public static readonly Guid StoreId = new("66666666-7777-8888-9999-000000000000");
    public static readonly NodeIncarnation Node1 = new(new NodeId(1), 1);
    public static readonly NodeIncarnation Node2 = new(new NodeId(2), 1);
    public static readonly ConnectionKey Connection1 = new(Node1, 7);
    public static readonly ConnectionKey Connection2 = new(Node2, 7);
    public static readonly ScramVerifier Verifier =
        ScramVerifier.Create("guest"u8, "0123456789abcdef"u8, ScramVerifier.MinIterations);

    private TestDirectory()
    {
    }

    public DirectoryMachine Machine { get; } = new(new RecordingQueueCommands());

    public RecordingContext Context { get; } = new();

    public List<(CommandMeta Meta, byte[] Command)> Log { get; } = [];

    public DirectorySnapshot Snapshot => Machine.Snapshot;

    public NamespaceId Root => Snapshot.FindNamespace("/")!.Value;

    public byte[] StateBytes => StateBytesOf(Machine);

    public static TestDirectory Empty() => new();

    /// <summary>With namespace "/", user guest, and nodes 1 and 2.</summary>
    public static TestDirectory Started(DirectoryLimits? limits = null, int dataGroups = 2)
    {
        var directory = new TestDirectory();
        directory.Ok(Bootstrap(limits ?? new DirectoryLimits(), dataGroups));
        directory.Ok(new DirectoryCommand.RegisterNode(Node1, StoreId, "127.0.0.1:7400"));
        directory.Ok(new DirectoryCommand.RegisterNode(Node2, StoreId, "127.0.0.1:7401"));
        directory.Context.Take();
        return directory;
    }

    public static DirectoryCommand.Bootstrap Bootstrap(DirectoryLimits limits, int dataGroups) => new(
        ClusterId,
        dataGroups,
        [new Replica(new NodeId(1), StoreId), new Replica(new NodeId(2), StoreId)],
        ["/"],
        [new SeedUser("guest", Verifier, ["administrator"], [new SeedPermission("/", ".*", ".*", ".*")])],
        [new SeedAccessKey("key1", new byte[] { 1, 2, 3 }, "guest", "/")],
        limits);

    public static byte[] Encode(DirectoryCommand command)
    {
        var buffer = new ArrayBufferWriter<byte>();
        DirectoryCommandCodec.Write(buffer, command);
        return buffer.WrittenSpan.ToArray();
    }

    public static byte[] StateBytesOf(DirectoryMachine machine)
    {
        var buffer = new ArrayBufferWriter<byte>();
        machine.WriteState(buffer);
        return buffer.WrittenSpan.ToArray();
    }

    public Answer Apply(DirectoryCommand command, LaneSource source = default)
    {
        int index = Log.Count + 1;
        var meta = new CommandMeta(index, Term: 1, StartMs + index, Slot: 0, source);
        byte[] bytes = Encode(command);
        Log.Add((meta, bytes));
        return Machine.Apply(meta, bytes, Context);
    }

    public long Ok(DirectoryCommand command)
    {
        Answer answer = Apply(command);
        Assert.Equal(Reply.Ok, answer.Reply);
        return answer.Value;
    }

    public void Refused(Reply expected, DirectoryCommand command) => Assert.Equal(expected, Apply(command).Reply);

    public void News(GroupId group, DirectoryCommand news) =>
        Assert.Equal(Answer.Ok, Apply(news, new LaneSource(LaneSourceKind.Group, group.Value, 0)));

    public TopicInfo Topic(string name) => Snapshot.FindTopic(Root, name)!;

    public QueueInfo Queue(string name) => Snapshot.FindQueue(Root, name)!;

    public TopicInfo DeclareTopic(string name, TopicKind kind, bool autoDelete = false, bool durable = true)
    {
        Ok(new DirectoryCommand.DeclareTopic(
            Root, new TopicDeclaration(name, kind, durable, autoDelete, Internal: false, default)));
        return Topic(name);
    }

    public static QueueDeclaration Declaration(
        string name, bool durable = true, bool exclusive = false, bool ignoreCase = false) => new(
        name, durable, AutoDelete: false, exclusive, new QueueSettings(), Encoding.UTF8.GetBytes("args"), ignoreCase);

    /// <summary>Declares a queue and lets its group answer.</summary>
    public QueueInfo DeclareQueue(
        string name, bool durable = true, bool exclusive = false, ConnectionKey? declarer = null)
    {
        Ok(new DirectoryCommand.DeclareQueue(Root, Declaration(name, durable, exclusive), declarer ?? Connection1));
        QueueInfo queue = Queue(name);
        News(queue.Group, new DirectoryCommand.QueueReady(queue.Id));
        return queue;
    }

    /// <summary>Gives a topic partitions and lets their group answer.</summary>
    public IReadOnlyList<PartitionInfo> Grow(TopicInfo topic, GroupId group, int count, long? retentionMs = null)
    {
        Ok(new DirectoryCommand.GrowPartitions(
            topic.Id, group, count, new QueueSettings { RetentionMs = retentionMs }));
        foreach (long id in CreatedPartitions(group))
            News(group, new DirectoryCommand.QueueReady(new QueueId(id)));
        return Snapshot.ListPartitions(topic.Id);
    }

    /// <summary>Ids of the partitions that a group was told to make.</summary>
    public IEnumerable<long> CreatedPartitions(GroupId group) => Context.Sent
        .Where(sent => sent.StartsWith($"{group}: partition ", StringComparison.Ordinal))
        .Select(sent => long.Parse(sent.Split(' ')[2], System.Globalization.CultureInfo.InvariantCulture))
        .ToList();

    public static BindingInfo Binding(TopicInfo source, QueueInfo target, string key = "", string arguments = "") =>
        new(source.Id, target.Id, null, key, null, Encoding.UTF8.GetBytes(arguments));

    public static BindingInfo Binding(TopicInfo source, TopicInfo target, string key = "") =>
        new(source.Id, null, target.Id, key, null, default);

    public void Bind(TopicInfo source, QueueInfo target, string key = "", string arguments = "") =>
        Ok(new DirectoryCommand.Bind(Binding(source, target, key, arguments)));

    public void Bind(TopicInfo source, TopicInfo target, string key = "") =>
        Ok(new DirectoryCommand.Bind(Binding(source, target, key)));

    public void BindMatch(TopicInfo source, QueueInfo target, HeaderMatch match, string arguments) =>
        Ok(new DirectoryCommand.Bind(
            new BindingInfo(source.Id, target.Id, null, "", match, Encoding.UTF8.GetBytes(arguments))));

    /// <summary>Names of the queues that a message gets to, sorted.</summary>
    public string Route(TopicInfo topic, string key, IRoutingHeaders? headers = null)
    {
        var targets = new List<QueueInfo>();
        Snapshot.Route(topic, key, null, null, headers, targets);
        return string.Join(' ', targets.Select(queue => queue.Name).Order(StringComparer.Ordinal));
    }
}
