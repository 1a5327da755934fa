using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>A topic and its routing table; immutable, a change copies paths.</summary>
internal sealed class TopicEntry
{
    public TopicEntry(TopicInfo info)
    {
        Info = info;
        Patterns = PatternNode.Empty;
    }

    private TopicEntry(TopicEntry old, QueueRecord[] partitions)
        : this(old, old.ByKey, old.Patterns, old.BindingCount)
    {
        Partitions = partitions;
        QueueRecord[] open = [.. partitions.Where(one => one.State == QueueState.Ready)];
        OpenPartitions = [.. open.Select(one => one.Info)];
        ListedPartitions = [.. open.Select(one => one.Partition!)];
    }

    private TopicEntry(TopicEntry old, TopicInfo info)
        : this(old, old.ByKey, old.Patterns, old.BindingCount) => Info = info;

    private TopicEntry(TopicEntry old, HashTrie<object, ReadOnlySpan<char>, KeyRules.BindingsByKey> byKey,
        PatternNode patterns, int count)
    {
        Info = old.Info;
        Partitions = old.Partitions;
        OpenPartitions = old.OpenPartitions;
        ListedPartitions = old.ListedPartitions;
        ByKey = byKey;
        Patterns = patterns;
        BindingCount = count;
    }

    public TopicInfo Info { get; }

    /// <summary>All bindings from this topic, in groups by key.</summary>
    public HashTrie<object, ReadOnlySpan<char>, KeyRules.BindingsByKey> ByKey { get; }

    /// <summary>Kind Pattern: the same groups, of the keys that have wildcards.</summary>
    public PatternNode Patterns { get; }

    public int BindingCount { get; }

    /// <summary>By group, then number; those that are being created included.</summary>
    public IReadOnlyList<QueueRecord> Partitions { get; } = [];

    /// <summary>The same, but only those that their group has.</summary>
    public QueueInfo[] OpenPartitions { get; } = [];

    /// <summary>As clients see them; RocketMQ's ask for every message.</summary>
    public IReadOnlyList<PartitionInfo> ListedPartitions { get; } = [];

    /// <summary>Adds a partition, or replaces the one with its id.</summary>
    public TopicEntry With(QueueRecord partition) => new(this,
    [
        .. Partitions
            .Where(one => one.Info.Id != partition.Info.Id)
            .Append(partition)
            .OrderBy(one => one.Info.Group.Value)
            .ThenBy(one => one.Partition!.Number),
    ]);

    public TopicEntry Without(QueueRecord partition) =>
        new(this, [.. Partitions.Where(one => one.Info.Id != partition.Info.Id)]);

    public Binding? Find(Binding identity) => BindingGroup.Find(ByKey.Find(identity.Key), identity);

    public TopicEntry With(TopicInfo info) => new(this, info);

    /// <summary>The binding must not be there yet.</summary>
    public TopicEntry With(Binding binding)
    {
        object group = BindingGroup.With(ByKey.Find(binding.Key), binding);
        return new TopicEntry(this, ByKey.With(group), PatternsWith(binding.Key, group), BindingCount + 1);
    }

    /// <summary>The binding must be there.</summary>
    public TopicEntry Without(Binding binding)
    {
        object group = ByKey.Find(binding.Key) ?? throw new InvariantException("a binding without a group");
        object? left = BindingGroup.Without(group, binding);
        var byKey = left is null ? ByKey.Without(binding.Key) : ByKey.With(left);
        return new TopicEntry(this, byKey, PatternsWith(binding.Key, left), BindingCount - 1);
    }

    private PatternNode PatternsWith(string key, object? group) =>
        Info.Kind == TopicKind.Pattern && PatternNode.HasWildcard(key) ? Patterns.With(key, group) : Patterns;
}
