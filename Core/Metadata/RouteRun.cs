using System.Diagnostics;
using System.Runtime.InteropServices;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>
/// One message on its way through the topics. Kept per thread and used again, so that routing allocates
/// nothing; it is taken out while in use, so that headers that route in turn would find another one.
/// </summary>
internal sealed class RouteRun
{
    /// <summary>Up to here a new target is looked for by scanning those that are there; above by
    /// hash.</summary>
    private const int MaxScan = 16;

    /// <summary>Scratch above this many entries is not kept for the next message.</summary>
    private const int MaxKept = 4_096;

    [ThreadStatic]
    private static RouteRun? t_idle;

    private readonly PatternMatcher _matcher = new();
    private readonly List<long> _topics = [];
    private HashSet<long> _seen = [];
    private DirectoryState _state = null!;
    private RouteKeys _keys;
    private PartitionChoice _choice;
    private List<QueueInfo> _targets = null!;

    public static RouteRun Take()
    {
        RouteRun run = t_idle ?? new RouteRun();
        t_idle = null;
        return run;
    }

    /// <summary>Lets go of the message; after an exception the run is simply not used again.</summary>
    public void GiveBack()
    {
        if (_seen.Count > MaxKept)
            _seen = [];
        else
            _seen.Clear();
        _topics.Clear();
        _matcher.Clear();
        _state = null!;
        _keys = default;
        _choice = default;
        _targets = null!;
        t_idle = this;
    }

    public void Route(
        DirectoryState state,
        TopicInfo topic,
        RouteKeys keys,
        in PartitionChoice choice,
        List<QueueInfo> targets,
        List<TopicId>? topics)
    {
        targets.Clear();
        topics?.Clear();
        _state = state;
        _keys = keys;
        _choice = choice;
        _targets = targets;

        // Grows while it is walked: topics that are reached by bindings, each once.
        _topics.Add(topic.Id.Value);
        for (int i = 0; i < _topics.Count; i++)
        {
            if (state.Topics.Find(_topics[i]) is not { } entry)
                continue;
            topics?.Add(entry.Info.Id);
            if (entry.OpenPartitions.Length > 0)
                ReachPartition(entry, isFirst: i == 0);
            Visit(entry);
        }
    }

    private void Visit(TopicEntry topic)
    {
        var visitor = new Visitor(this);
        switch (topic.Info.Kind)
        {
            case TopicKind.Default:
                VisitDefault(topic.Info.Namespace);
                break;
            case TopicKind.Direct:
                for (int i = 0; i < _keys.Count; i++)
                    BindingGroup.ForEach(topic.ByKey.Find(_keys[i]), ref visitor);
                break;
            case TopicKind.Pattern:
                for (int i = 0; i < _keys.Count; i++)
                    VisitPatterns(topic, _keys[i], ref visitor);
                break;
            case TopicKind.Fanout:
            case TopicKind.Headers:
                topic.ByKey.ForEach(ref visitor);
                break;
            default:
                throw new UnreachableException();
        }
    }

    private void VisitDefault(NamespaceId ns)
    {
        if (_state.Namespaces.Find(ns.Value) is not { } entry)
            return;
        for (int i = 0; i < _keys.Count; i++)
        {
            if (entry.Queues.Find(_keys[i]) is { } queue)
                Reach(queue);
        }
    }

    private void VisitPatterns(TopicEntry topic, string key, ref Visitor visitor)
    {
        BindingGroup.ForEach(topic.ByKey.Find(key), ref visitor);
        if (topic.Patterns.IsEmpty)
            return;
        foreach (PatternNode node in _matcher.Match(topic.Patterns, key))
            BindingGroup.ForEach(node.Ends, ref visitor);
    }

    private void Follow(Binding binding)
    {
        // Only a binding from a topic of kind Headers has such a rule.
        if (!_keys.Satisfy(binding.Match))
            return;
        if (binding.Target < 0)
        {
            if (!_topics.Contains(-binding.Target))
                _topics.Add(-binding.Target);
        }
        else if (_state.Queues.Find(binding.Target) is { } queue)
        {
            Reach(queue);
        }
    }

    private void Reach(QueueRecord queue)
    {
        if (queue.State == QueueState.Ready && IsFirstTime(queue.Info.Id))
            _targets.Add(queue.Info);
    }

    /// <summary>A topic is visited once, so no partition is reached twice.</summary>
    private void ReachPartition(TopicEntry topic, bool isFirst)
    {
        if (_choice.Choose(topic.Info.Id, topic.OpenPartitions, isFirst) is { } partition)
            _targets.Add(partition);
    }

    private bool IsFirstTime(QueueId queue)
    {
        if (_targets.Count < MaxScan)
        {
            foreach (QueueInfo target in CollectionsMarshal.AsSpan(_targets))
            {
                if (target.Id == queue)
                    return false;
            }
            return true;
        }
        if (_seen.Count == 0)
        {
            foreach (QueueInfo target in _targets)
                _seen.Add(target.Id.Value);
        }
        return _seen.Add(queue.Value);
    }

    private readonly struct Visitor(RouteRun run) : IItemVisitor<Binding>, IItemVisitor<object>
    {
        public void Visit(Binding item) => run.Follow(item);

        public void Visit(object item)
        {
            Visitor self = this;
            BindingGroup.ForEach(item, ref self);
        }
    }
}
