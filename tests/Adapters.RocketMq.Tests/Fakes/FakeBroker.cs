using System.Net;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Tests.Fakes;

/// <summary>The boundary to the core, in memory: topics with partitions, groups and parked messages. One
/// namespace, two data groups, this node leads both.</summary>
internal sealed class FakeBroker : IBroker
{
    public static readonly NamespaceId Root = new(1);

    private long _lastId = 100;

    public bool IsReady { get; set; } = true;

    public LimitOptions Limits { get; set; } = new();

    public FakeIdentity User { get; } = new("guest") { TagList = { "administrator" } };

    /// <summary>Log time of what is stored next, Unix ms.</summary>
    public long NowMs { get; set; } = 1_000_000;

    public Dictionary<string, TopicInfo> Topics { get; } = [];

    public List<FakePartition> Partitions { get; } = [];

    public List<FakeConnection> Connections { get; } = [];

    public Dictionary<string, AccessKey> AccessKeys { get; } = [];

    /// <summary>Per group the members, with the connection that each is of.</summary>
    public Dictionary<string, Dictionary<string, (ConsumerMember Member, FakeConnection Connection)>> Members { get; } = [];

    public Dictionary<(string Group, QueueId Partition), long> Offsets { get; } = [];

    /// <summary>Offsets committed so far, a count.</summary>
    public int Commits { get; set; }

    public Dictionary<(string Group, QueueId Partition), string> Locks { get; } = [];

    public Dictionary<long, (Publication Publication, ParkedMessage Message)> Parked { get; } = [];

    /// <summary>The disk is short of space.</summary>
    public bool IsFull { get; set; }

    /// <summary>Publishing fails as only a mistake of ours can make it.</summary>
    public bool BreaksPublishing { get; set; }

    /// <summary>What every publish is answered with.</summary>
    public Reply PublishReply { get; set; }

    /// <summary>False: answers to publishes wait for <see cref="FakeConnection.Flush"/>.</summary>
    public bool AnswersAtOnce { get; set; } = true;

    /// <summary>The waits of all reads are over.</summary>
    public event Action? EndWaits;

    public Dictionary<string, string> Advertised { get; } = [];

    /// <summary>How the queues that were made last are to be.</summary>
    public QueueSettings? Grown { get; set; }

    /// <summary>New queues are there a moment later, not at once.</summary>
    public bool GrowsLater { get; set; }

    /// <summary>How often somebody waited for room, a count.</summary>
    public int RoomAwaited { get; set; }

    public long NextId() => ++_lastId;

    public void LetWaitsEnd() => EndWaits?.Invoke();

    public TopicInfo AddTopic(string name, int group1, int group2 = 0, ReadOnlyMemory<byte> arguments = default)
    {
        var topic = new TopicInfo(
            new TopicId(NextId()), Root, name, TopicKind.Pattern, true, false, false, false, arguments);
        Topics.Add(name, topic);
        Grow(topic.Id, new GroupId(1), group1);
        Grow(topic.Id, new GroupId(2), group2);
        return topic;
    }

    public void Grow(TopicId topic, GroupId group, int count)
    {
        for (int i = Partitions.Count(have => have.Info.Topic == topic && have.Info.Group == group); i < count; i++)
            Partitions.Add(new FakePartition(new PartitionInfo(new QueueId(NextId()), topic, group, i)));
    }

    public FakePartition Partition(string topic, int number, int group = 1) => Partitions.Single(have =>
        have.Info.Topic == Topics[topic].Id && have.Info.Group == new GroupId(group) && have.Info.Number == number);

    /// <summary>Appends to the partition that was asked for, and lets go of waiting reads.</summary>
    public PartitionMessage Append(FakePartition partition, in Publication publication)
    {
        var message = new PartitionMessage(
            partition.Info.Id, partition.Max, NextId(), NowMs, publication.TagHash ?? 0, Stored(publication));
        partition.Messages.Add(message);
        foreach (Action wake in partition.Waiting.ToArray())
            wake();
        return message;
    }

    public StoredMessage Stored(in Publication publication) => new(
        publication.Topic.Name, publication.RoutingKey, [], publication.Format, publication.Properties.ToArray(),
        publication.Body, NowMs, null, 0, publication.Persistent, null);

    public Dictionary<PropertyFormat, IPropertyReader> Readers { get; } = new()
    {
        [PropertyFormat.RocketMq] = new RocketMqPropertyReader(),
    };

    public IPropertyReader? PropertyReader(PropertyFormat format) => Readers.GetValueOrDefault(format);

    public ValueTask<Identity?> LogInAsync(
        string userName, ReadOnlyMemory<byte> password, IPAddress peer, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Identity? FindUser(string userName) => userName == User.UserName ? User : null;

    public AccessKey? FindAccessKey(string secretId) => AccessKeys.GetValueOrDefault(secretId);

    public NamespaceId? FindNamespace(string name) => name == "/" ? Root : null;

    public string NamespaceName(NamespaceId ns) => "/";

    public IReadOnlyList<GroupLeader> ListGroups(string service) =>
    [
        new(new GroupId(1), new NodeId(1), Advertised.GetValueOrDefault(service)),
        new(new GroupId(2), new NodeId(1), Advertised.GetValueOrDefault(service)),
    ];

    public void Advertise(string service, string address) => Advertised[service] = address;

    public void WatchLost(ILostClients watcher) => throw new NotSupportedException();

    public IBrokerConnection Connect(ConnectionOptions options)
    {
        var connection = new FakeConnection(this, options, Connections.Count + 1);
        Connections.Add(connection);
        return connection;
    }
}
