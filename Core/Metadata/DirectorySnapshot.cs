using System.Collections.Immutable;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>
/// The directory as of one log entry: immutable, safe to read on any thread, published by swapping one
/// reference. Lists are made when asked for; look-ups and <see cref="Route"/> are cheap.
/// </summary>
public sealed class DirectorySnapshot
{
    private readonly DirectoryState _state;

    internal DirectorySnapshot(DirectoryState state, long appliedIndex)
    {
        _state = state;
        AppliedIndex = appliedIndex;
    }

    /// <summary>Log index of the last command in it; 0 before any.</summary>
    public long AppliedIndex { get; }

    public int MachineVersion => _state.MachineVersion;

    /// <summary>The bootstrap record was applied.</summary>
    public bool IsBootstrapped => _state.DataGroups > 0;

    public Guid ClusterId => _state.ClusterId;

    /// <summary>N: the data groups are 1..N.</summary>
    public int DataGroups => _state.DataGroups;

    /// <summary>The nodes of the cluster by number, whether they live or not.</summary>
    public IReadOnlyList<ClusterMember> Members => [.. _state.Members.Values];

    /// <summary>Log index of the command that changed them last; 0 before any.</summary>
    public long MembersAt => _state.MembersAt;

    public DirectoryLimits Limits => _state.Limits;

    /// <summary>Registered nodes whose incarnation was not ended, by number.</summary>
    public IReadOnlyList<NodeInfo> Nodes =>
        [.. _state.Nodes.Values.Where(node => node.Live).Select(node => node.Info)];

    public int BindingCount => _state.BindingCount;

    /// <summary>Partitions of all topics.</summary>
    public int PartitionCount => _state.PartitionCount;

    internal DirectoryState State => _state;

    /// <summary>Null when it is not live.</summary>
    public NodeInfo? FindNode(NodeId node) =>
        _state.Nodes.GetValueOrDefault(node.Value) is { Live: true } record ? record.Info : null;

    /// <summary>Null when it is none.</summary>
    public ClusterMember? FindMember(NodeId node) => _state.Members.GetValueOrDefault(node.Value);

    /// <summary>Where its peers reached a node last, whether it lives or not; empty when it was never registered.</summary>
    public string LastAddress(NodeId node) => _state.Nodes.GetValueOrDefault(node.Value)?.Info.ClusterAddress ?? "";

    /// <summary>The latest life of a node, whether it is over or not; null when none was ever registered.</summary>
    public NodeIncarnation? LastLife(NodeId node) => _state.Nodes.GetValueOrDefault(node.Value)?.Info.Incarnation;

    /// <summary>No queue came, went or changed between the two.</summary>
    public bool HasSameQueues(DirectorySnapshot other) => _state.Queues.IsSameAs(other._state.Queues);

    public bool IsLive(NodeIncarnation node) => _state.IsLive(node);

    /// <summary>That life was ended, or a later one of the node is known. False for one that is not registered
    /// yet.</summary>
    public bool IsOver(NodeIncarnation node) =>
        _state.Nodes.GetValueOrDefault(node.Node.Value) is { } record
        && (record.Info.Incarnation.Incarnation > node.Incarnation
            || (record.Info.Incarnation == node && !record.Live));

    /// <summary>No node came, went or began another life between the two.</summary>
    public bool HasSameNodes(DirectorySnapshot other) => ReferenceEquals(_state.Nodes, other._state.Nodes);

    /// <summary>Data group of what is placed by hash of its name.</summary>
    public GroupId GroupOf(NamespaceId ns, string name) => _state.GroupOf(ns, name);

    /// <summary>Data group of the last value of a topic and key.</summary>
    public GroupId GroupOf(TopicId topic, string key) => _state.GroupOf(topic, key);

    /// <summary>The topic was there and is no more; false for one that this node may only not know yet.</summary>
    public bool IsGone(TopicId topic) => topic.Value <= _state.LastId && _state.Topics.Find(topic.Value) is null;

    /// <summary>No topic came, went or changed between the two.</summary>
    public bool HasSameTopics(DirectorySnapshot other) => _state.Topics.IsSameAs(other._state.Topics);

    public NamespaceId? FindNamespace(string name) =>
        _state.NamespaceNames.TryGetValue(name, out NamespaceId id) ? id : null;

    public NamespaceInfo? FindNamespace(NamespaceId ns) => _state.Namespaces.Find(ns.Value)?.Info;

    /// <summary>In ordinal order of names.</summary>
    public IReadOnlyList<NamespaceInfo> ListNamespaces() =>
        [.. _state.NamespaceNames.Values.Select(id => _state.Namespaces.Find(id.Value)!.Info)];

    public TopicInfo? FindTopic(NamespaceId ns, string name) =>
        _state.Namespaces.Find(ns.Value) is { } entry ? entry.Topics.Find(name) : null;

    public TopicInfo? FindTopic(TopicId topic) => _state.Topics.Find(topic.Value)?.Info;

    /// <summary>In ordinal order of names, system topics included.</summary>
    public IReadOnlyList<TopicInfo> ListTopics(NamespaceId ns)
    {
        List<TopicInfo> topics = _state.Namespaces.Find(ns.Value)?.Topics.ToList() ?? [];
        topics.Sort((left, right) => string.CompareOrdinal(left.Name, right.Name));
        return topics;
    }

    /// <summary>A queue by name, whether its group has it already or not.</summary>
    public QueueInfo? FindQueue(NamespaceId ns, string name) =>
        _state.Namespaces.Find(ns.Value)?.Queues.Find(name)?.Info;

    /// <summary>Also one whose name is free again and whose group has not yet let it go (state
    /// Gone).</summary>
    public QueueInfo? FindQueue(QueueId queue) =>
        _state.Queues.Find(queue.Value) is { Partition: null } record ? record.Info : null;

    public bool HasPartitions(TopicId topic) => _state.Topics.Find(topic.Value) is { Partitions.Count: > 0 };

    /// <summary>A partition, whether its group has it already or not; null when its topic is gone.</summary>
    public PartitionInfo? FindPartition(QueueId partition) =>
        _state.Queues.Find(partition.Value) is { State: not QueueState.Gone } record ? record.Partition : null;

    /// <summary>The partition was there and is no more; false for one that this node may only not know yet.</summary>
    public bool IsPartitionGone(QueueId partition) =>
        partition.Value <= _state.LastId && FindPartition(partition) is null;

    /// <summary>By group, then number; those that their group has.</summary>
    public IReadOnlyList<PartitionInfo> ListPartitions(TopicId topic) =>
        _state.Topics.Find(topic.Value)?.ListedPartitions ?? [];

    /// <summary>Exact name first, then a durable queue's ignoring the case of ASCII letters.</summary>
    public QueueInfo? FindQueueIgnoringCase(NamespaceId ns, string name) =>
        FindQueue(ns, name) ?? _state.Namespaces.Find(ns.Value)?.FindIgnoringCase(name)?.Info;

    /// <summary>Gone for one that is not there.</summary>
    public QueueState StateOf(QueueId queue) => _state.Queues.Find(queue.Value)?.State ?? QueueState.Gone;

    /// <summary>In ordinal order of names; those being created included.</summary>
    public IReadOnlyList<QueueInfo> ListQueues(NamespaceId ns)
    {
        List<QueueRecord> records = _state.Namespaces.Find(ns.Value)?.Queues.ToList() ?? [];
        var queues = new List<QueueInfo>(records.Count);
        foreach (QueueRecord record in records)
            queues.Add(record.Info);
        queues.Sort((left, right) => string.CompareOrdinal(left.Name, right.Name));
        return queues;
    }

    /// <summary>Bindings from a topic, by key, then target.</summary>
    public IReadOnlyList<BindingInfo> ListBindings(TopicId source)
    {
        var collector = new BindingCollector([]);
        _state.Topics.Find(source.Value)?.ByKey.ForEach(ref collector);
        return Infos(collector.Bindings);
    }

    /// <summary>Bindings to a queue, by source, then key.</summary>
    public IReadOnlyList<BindingInfo> ListBindingsTo(QueueId target) =>
        Infos(BindingGroup.ToSortedList(_state.Inbound.Find(target.Value)));

    public UserRecord? FindUser(string name) => _state.Users.GetValueOrDefault(name);

    public AccessKeyRecord? FindAccessKey(string secretId) => _state.AccessKeys.GetValueOrDefault(secretId);

    /// <summary>In ordinal order of ids.</summary>
    public IReadOnlyList<AccessKeyRecord> ListAccessKeys() => [.. _state.AccessKeys.Values];

    /// <summary>
    /// The queues that get a message: ready ones only, each once, however many bindings lead there, through other
    /// topics, too; and of each topic on the way that has partitions one, that of <paramref name="topic"/> first.
    /// Allocates nothing on the usual path.
    /// </summary>
    /// <param name="topic">Where it is published; one that is gone by now gives no queue.</param>
    /// <param name="key">The routing key.</param>
    /// <param name="moreKeys">Further keys that route like <paramref name="key"/>.</param>
    /// <param name="hiddenKeys">As many more.</param>
    /// <param name="headers">For topics of kind Headers; null = none.</param>
    /// <param name="targets">Cleared, then filled, in no particular order but for the partition.</param>
    /// <param name="choice">Which partition.</param>
    /// <param name="topics">Cleared, then filled with the topics that the message visits; null = nobody asks.</param>
    public void Route(
        TopicInfo topic,
        string key,
        IReadOnlyList<string>? moreKeys,
        IReadOnlyList<string>? hiddenKeys,
        IRoutingHeaders? headers,
        List<QueueInfo> targets,
        PartitionChoice choice = default,
        List<TopicId>? topics = null)
    {
        RouteRun run = RouteRun.Take();
        run.Route(_state, topic, new RouteKeys(key, moreKeys, hiddenKeys, headers), choice, targets, topics);
        run.GiveBack();
    }

    private static BindingInfo[] Infos(List<Binding> bindings)
    {
        bindings.Sort();
        return [.. bindings.Select(binding => binding.ToInfo())];
    }
}
