using System.Net;
using System.Text;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Tests.Fakes;

/// <summary>The boundary to the core, in memory: queues, filters, sessions, last values. One namespace.</summary>
internal sealed class FakeBroker : IBroker
{
    public static readonly NamespaceId Root = new(1);

    private long _lastId = 100;

    public bool IsReady { get; set; } = true;

    public LimitOptions Limits { get; set; } = new();

    /// <summary>Unix ms; what the core stamps on messages.</summary>
    public long NowMs { get; set; } = 1_000_000;

    public TopicInfo Space { get; } = Topic(1, "amq.topic", TopicKind.Pattern);

    public TopicInfo Default { get; } = Topic(2, "", TopicKind.Default);

    public Dictionary<string, FakeIdentity> Users { get; } = new()
    {
        ["guest"] = new FakeIdentity("guest") { TagList = { "administrator" } },
        ["device"] = new FakeIdentity("device"),
    };

    public Dictionary<string, FakeQueue> Queues { get; } = [];

    public List<BindingInfo> Bindings { get; } = [];

    public List<(FakeBrokerConnection Owner, string Pattern, SubscriptionOptions Options)> Filters { get; } = [];

    public Dictionary<string, FakeSession> Sessions { get; } = [];

    public Dictionary<string, StoredMessage> LastValues { get; } = [];

    /// <summary>Numbers of producers that were stored.</summary>
    public HashSet<ProducerNumber> Producers { get; } = [];

    public List<FakeBrokerConnection> Connections { get; } = [];

    /// <summary>What filters wait for, also those of connections to come.</summary>
    public TaskCompletionSource? FilterGate { get; set; }

    /// <summary>What the core says of filters in the end.</summary>
    public Reply FilterReply { get; set; }

    /// <summary>Told of lost clients.</summary>
    public ILostClients? Watcher { get; private set; }

    /// <summary>What the core says of changes of a queue.</summary>
    public Reply ChangeReply { get; set; }

    public List<Publication> Wills { get; } = [];

    public Dictionary<PropertyFormat, IPropertyReader> Readers { get; } = new()
    {
        [PropertyFormat.Mqtt] = new MqttPropertyReader(),
    };

    public long NextId() => ++_lastId;

    public FakeQueue AddQueue(QueueDeclaration wish)
    {
        var queue = new FakeQueue(new QueueInfo(new QueueId(NextId()), Root, new GroupId(1), wish.Name, wish.Durable,
            wish.AutoDelete, null, wish.Settings, wish.Arguments, 0, 0));
        Queues.Add(wish.Name, queue);
        return queue;
    }

    public FakeQueue? QueueOf(QueueId id) => Queues.Values.SingleOrDefault(queue => queue.Info.Id == id);

    public IPropertyReader? PropertyReader(PropertyFormat format) => Readers.GetValueOrDefault(format);

    public Identity? FindUser(string userName) => Users.GetValueOrDefault(userName);

    public ValueTask<Identity?> LogInAsync(
        string userName, ReadOnlyMemory<byte> password, IPAddress peer, CancellationToken cancellation)
    {
        bool isGood = Users.ContainsKey(userName) && Encoding.UTF8.GetString(password.Span) == userName;
        return new(isGood ? Users[userName] : null);
    }

    public AccessKey? FindAccessKey(string secretId) => null;

    public NamespaceId? FindNamespace(string name) => name == "/" ? Root : null;

    public string NamespaceName(NamespaceId ns) => "/";

    public void Advertise(string listener, string address)
    {
    }

    public IReadOnlyList<GroupLeader> ListGroups(string listener) => [];

    public void WatchLost(ILostClients watcher) => Watcher = watcher;

    public IBrokerConnection Connect(ConnectionOptions options)
    {
        var connection = new FakeBrokerConnection(this, options, Connections.Count + 1);
        Connections.Add(connection);
        return connection;
    }

    /// <summary>Does a key match a pattern of the core?</summary>
    public static bool Matches(ReadOnlySpan<string> pattern, ReadOnlySpan<string> key)
    {
        if (pattern.IsEmpty)
            return key.IsEmpty;
        if (pattern[0] == "#")
            return Matches(pattern[1..], key) || (!key.IsEmpty && Matches(pattern, key[1..]));
        return !key.IsEmpty && (pattern[0] == "*" || pattern[0] == key[0]) && Matches(pattern[1..], key[1..]);
    }

    public static bool Matches(string pattern, string key) => Matches(pattern.Split('.'), key.Split('.'));

    private static TopicInfo Topic(long id, string name, TopicKind kind) =>
        new(new TopicId(id), Root, name, kind, true, false, false, true, default);
}
