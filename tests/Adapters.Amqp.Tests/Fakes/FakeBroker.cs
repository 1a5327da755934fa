using System.Net;
using System.Text;
using Cmq.MultiProtocol.Adapters.Amqp.Codec;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Amqp.Tests.Fakes;

/// <summary>The boundary to the core, in memory: names, queues and what the adapter asked for. One
/// namespace.</summary>
internal sealed class FakeBroker : IBroker
{
    public static readonly NamespaceId Root = new(1);

    private long _lastId = 100;

    public FakeBroker()
    {
        AddTopic("", TopicKind.Default, system: true);
        AddTopic("amq.direct", TopicKind.Direct, system: true);
        AddTopic("amq.fanout", TopicKind.Fanout, system: true);
        AddTopic("amq.topic", TopicKind.Pattern, system: true);
        AddTopic("amq.headers", TopicKind.Headers, system: true);
    }

    public bool IsReady { get; set; } = true;

    public LimitOptions Limits { get; set; } = new();

    public FakeIdentity User { get; } = new("guest");

    public Dictionary<string, TopicInfo> Topics { get; } = [];

    public Dictionary<string, FakeQueue> Queues { get; } = [];

    public List<BindingInfo> Bindings { get; } = [];

    public List<FakeBrokerConnection> Connections { get; } = [];

    public Dictionary<PropertyFormat, IPropertyReader> Readers { get; } = new()
    {
        [PropertyFormat.Amqp] = new AmqpPropertyReader(),
    };

    public TaskCompletionSource<Identity?>? LogInGate { get; set; }

    public long NextId() => ++_lastId;

    public TopicInfo AddTopic(string name, TopicKind kind, bool system = false, bool @internal = false)
    {
        var topic = new TopicInfo(
            new TopicId(NextId()), Root, name, kind, true, false, @internal, system, default);
        Topics.Add(name, topic);
        return topic;
    }

    public FakeQueue AddQueue(string name, ConnectionKey? owner = null) => AddQueue(
        new QueueDeclaration(name, true, false, false, new QueueSettings(), default), owner);

    public FakeQueue AddQueue(QueueDeclaration wish, ConnectionKey? owner)
    {
        var queue = new FakeQueue(new QueueInfo(new QueueId(NextId()), Root, new GroupId(1), wish.Name, wish.Durable,
            wish.AutoDelete, owner, wish.Settings, wish.Arguments, 0, 0));
        Queues.Add(wish.Name, queue);
        return queue;
    }

    public FakeQueue QueueOf(QueueId id) => Queues.Values.Single(queue => queue.Info.Id == id);

    public IPropertyReader? PropertyReader(PropertyFormat format) => Readers.GetValueOrDefault(format);

    public ValueTask<Identity?> LogInAsync(
        string userName, ReadOnlyMemory<byte> password, IPAddress peer, CancellationToken cancellation)
    {
        if (LogInGate is { } gate)
            return new(gate.Task);
        bool good = userName == "guest" && Encoding.UTF8.GetString(password.Span) == "guest";
        return new(good ? User : null);
    }

    public Identity? FindUser(string userName) => throw new NotSupportedException("Everybody logs in.");

    public AccessKey? FindAccessKey(string secretId) => null;

    public NamespaceId? FindNamespace(string name) => name == "/" ? Root : null;

    public string NamespaceName(NamespaceId ns) => "/";

    public IReadOnlyList<GroupLeader> ListGroups(string service) => [];

    public void Advertise(string service, string address) =>
        throw new NotSupportedException("The adapter advertises nothing.");

    public void WatchLost(ILostClients watcher) => throw new NotSupportedException("The adapter has no presence.");

    public IBrokerConnection Connect(ConnectionOptions options)
    {
        var connection = new FakeBrokerConnection(this, options, Connections.Count + 1);
        Connections.Add(connection);
        return connection;
    }
}
