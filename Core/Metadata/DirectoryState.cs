using System.Collections.Immutable;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>
/// The whole state of the directory, immutable: a change gives another one that shares all but a few paths
/// with the old. The machine holds the newest, snapshots hold older ones. The methods keep the tables
/// consistent with each other; what is allowed is the machine's to decide.
/// </summary>
internal sealed record DirectoryState
{
    public const int FirstVersion = 1;

    public int MachineVersion { get; init; } = FirstVersion;

    public Guid ClusterId { get; init; }

    /// <summary>0 until the bootstrap record was applied.</summary>
    public int DataGroups { get; init; }

    /// <summary>The nodes of the cluster by number, whether they live or not.</summary>
    public ImmutableSortedDictionary<int, ClusterMember> Members { get; init; } =
        ImmutableSortedDictionary<int, ClusterMember>.Empty;

    /// <summary>Log index of the command that changed them last.</summary>
    public long MembersAt { get; init; }

    /// <summary>Data group of each slot.</summary>
    public ImmutableArray<int> SlotGroups { get; init; } = [];

    public DirectoryLimits Limits { get; init; } = new();

    /// <summary>Last number given to an entity of any sort; never goes back.</summary>
    public long LastId { get; init; }

    public int BindingCount { get; init; }

    /// <summary>Partitions of all topics.</summary>
    public int PartitionCount { get; init; }

    public ImmutableSortedDictionary<int, NodeRecord> Nodes { get; init; } =
        ImmutableSortedDictionary<int, NodeRecord>.Empty;

    public ImmutableSortedDictionary<string, NamespaceId> NamespaceNames { get; init; } =
        ImmutableSortedDictionary.Create<string, NamespaceId>(StringComparer.Ordinal);

    public HashTrie<NamespaceEntry, long, KeyRules.NamespaceById> Namespaces { get; init; }

    public HashTrie<TopicEntry, long, KeyRules.TopicById> Topics { get; init; }

    public HashTrie<QueueRecord, long, KeyRules.QueueById> Queues { get; init; }

    /// <summary>Bindings in groups by what they lead to.</summary>
    public HashTrie<object, long, KeyRules.BindingsByTarget> Inbound { get; init; }

    /// <summary>Queues that die with an incarnation.</summary>
    public ImmutableSortedSet<TransientQueue> TransientQueues { get; init; } = [];

    /// <summary>Topics that are not durable.</summary>
    public ImmutableSortedSet<long> TransientTopics { get; init; } = [];

    public ImmutableSortedDictionary<string, UserRecord> Users { get; init; } =
        ImmutableSortedDictionary.Create<string, UserRecord>(StringComparer.Ordinal);

    public ImmutableSortedDictionary<string, AccessKeyRecord> AccessKeys { get; init; } =
        ImmutableSortedDictionary.Create<string, AccessKeyRecord>(StringComparer.Ordinal);

    public bool IsLive(NodeIncarnation node) =>
        Nodes.GetValueOrDefault(node.Node.Value) is { Live: true } record && record.Info.Incarnation == node;

    /// <summary>Data group of what is placed by hash of its name.</summary>
    public GroupId GroupOf(NamespaceId ns, string name) => new(SlotGroups[SlotMap.SlotOf(ns, name)]);

    public GroupId GroupOf(TopicId topic, string key) => new(SlotGroups[SlotMap.SlotOf(topic, key)]);

    public DirectoryState WithNamespace(NamespaceInfo info) => this with
    {
        Namespaces = Namespaces.With(new NamespaceEntry(info)),
        NamespaceNames = NamespaceNames.SetItem(info.Name, info.Id),
    };

    public DirectoryState WithTopic(TopicInfo topic) => this with
    {
        Topics = Topics.With(new TopicEntry(topic)),
        Namespaces = Namespaces.With(NamespaceOf(topic.Namespace).With(topic)),
        TransientTopics = topic.Durable ? TransientTopics : TransientTopics.Add(topic.Id.Value),
    };

    /// <summary>Replaces what is said of a topic; id, name and kind stay.</summary>
    public DirectoryState WithChanged(TopicEntry topic, TopicInfo info) => this with
    {
        Topics = Topics.With(topic.With(info)),
        Namespaces = Namespaces.With(NamespaceOf(info.Namespace).With(info)),
    };

    /// <summary>Adds a queue, or replaces the one with its id; one that is Gone has no name.</summary>
    public DirectoryState WithQueue(QueueRecord queue) => queue.Partition is null ? WithNamed(queue) : WithPartition(queue);

    private DirectoryState WithNamed(QueueRecord queue) => this with
    {
        Queues = Queues.With(queue),
        Namespaces = queue.State == QueueState.Gone
            ? Namespaces
            : Namespaces.With(NamespaceOf(queue.Info.Namespace).With(queue)),
        TransientQueues = queue.Declarer is null ? TransientQueues : TransientQueues.Add(queue.Transient),
    };

    private DirectoryState WithPartition(QueueRecord partition)
    {
        DirectoryState state = this with { Queues = Queues.With(partition) };
        if (partition.State == QueueState.Gone)
            return state;
        TopicEntry topic = Topics.Find(partition.Partition!.Topic.Value)
            ?? throw new InvariantException("a partition without a topic");
        TopicEntry grown = topic.With(partition);
        return state with
        {
            Topics = Topics.With(grown),
            PartitionCount = PartitionCount + grown.Partitions.Count - topic.Partitions.Count,
        };
    }

    private DirectoryState RetirePartition(QueueRecord partition)
    {
        TopicEntry topic = Topics.Find(partition.Partition!.Topic.Value)
            ?? throw new InvariantException("a partition without a topic");
        return this with
        {
            Queues = Queues.With(partition with { State = QueueState.Gone }),
            Topics = Topics.With(topic.Without(partition)),
            PartitionCount = PartitionCount - 1,
        };
    }

    /// <summary>Frees the queue's name and removes its bindings; the record stays until its group has let it
    /// go.</summary>
    public DirectoryState Retire(QueueRecord queue)
    {
        if (queue.State == QueueState.Gone)
            return this;
        if (queue.Partition is not null)
            return RetirePartition(queue);
        var retired = this with
        {
            Queues = Queues.With(queue with { State = QueueState.Gone }),
            Namespaces = Namespaces.With(NamespaceOf(queue.Info.Namespace).Without(queue)),
        };
        return retired.WithoutBindingsTo(queue.Info.Id.Value);
    }

    public DirectoryState WithoutQueue(QueueRecord queue)
    {
        DirectoryState retired = Retire(queue);
        return retired with
        {
            Queues = retired.Queues.Without(queue.Info.Id.Value),
            TransientQueues = queue.Declarer is null
                ? retired.TransientQueues
                : retired.TransientQueues.Remove(queue.Transient),
        };
    }

    /// <summary>The binding must not be there yet, and its ends must.</summary>
    public DirectoryState WithBinding(Binding binding) => this with
    {
        Topics = Topics.With((Topics.Find(binding.Source) ?? throw new InvariantException("a binding without a source"))
            .With(binding)),
        Inbound = Inbound.With(BindingGroup.With(Inbound.Find(binding.Target), binding)),
        BindingCount = BindingCount + 1,
    };

    /// <summary>The binding must be there. A topic that lived by it goes, too.</summary>
    public DirectoryState WithoutBinding(Binding binding)
    {
        var orphans = new Queue<long>();
        return Unbound(binding, orphans).WithoutTopics(orphans);
    }

    public DirectoryState WithoutTopic(TopicId topic) => WithoutTopics(new Queue<long>([topic.Value]));

    private DirectoryState WithoutBindingsTo(long target)
    {
        var orphans = new Queue<long>();
        DirectoryState state = this;
        foreach (Binding binding in BindingGroup.ToSortedList(Inbound.Find(target)))
            state = state.Unbound(binding, orphans);
        return state.WithoutTopics(orphans);
    }

    // Topics that delete each other in a chain may be many: a queue, not recursion.
    private DirectoryState WithoutTopics(Queue<long> leaving)
    {
        DirectoryState state = this;
        while (leaving.TryDequeue(out long id))
        {
            // Named twice, when two of its bindings went together with their targets.
            if (state.Topics.Find(id) is not { } topic)
                continue;
            foreach (Binding binding in state.Inbound.Find(-id) is { } inbound ? BindingGroup.ToSortedList(inbound) : [])
                state = state.Unbound(binding, leaving);
            // Looked up again: a topic may be bound to itself.
            topic = state.Topics.Find(id)!;
            Invariant.Check(topic.Partitions.Count == 0, "a topic goes before its partitions");
            var collector = new BindingCollector([]);
            topic.ByKey.ForEach(ref collector);
            foreach (Binding binding in collector.Bindings)
                state = state.Released(binding);
            state = state with
            {
                BindingCount = state.BindingCount - collector.Bindings.Count,
                Topics = state.Topics.Without(id),
                Namespaces = state.Namespaces.With(state.NamespaceOf(topic.Info.Namespace).Without(topic.Info)),
                TransientTopics = state.TransientTopics.Remove(id),
            };
        }
        return state;
    }

    private DirectoryState Unbound(Binding binding, Queue<long> orphans)
    {
        TopicEntry source = Topics.Find(binding.Source)!.Without(binding);
        if (source.Info.AutoDelete && source.BindingCount == 0)
            orphans.Enqueue(binding.Source);
        DirectoryState released = Released(binding);
        return released with { Topics = released.Topics.With(source), BindingCount = BindingCount - 1 };
    }

    // The target's side of a binding that goes.
    private DirectoryState Released(Binding binding)
    {
        object group = Inbound.Find(binding.Target) ?? throw new InvariantException("a binding without a target");
        object? left = BindingGroup.Without(group, binding);
        return this with { Inbound = left is null ? Inbound.Without(binding.Target) : Inbound.With(left) };
    }

    private NamespaceEntry NamespaceOf(NamespaceId id) =>
        Namespaces.Find(id.Value) ?? throw new InvariantException("an entity without a namespace");
}
