using Cmq.MultiProtocol.Core.Metadata;

namespace Cmq.MultiProtocol.Core.Subscriptions;

/// <summary>
/// Who listens to what, of this node's connections and of the other nodes: immutable, safe to read on any thread,
/// published by swapping one reference.
/// </summary>
internal sealed class SubscriptionTable
{
    public static readonly SubscriptionTable Empty = new();

    private HashTrie<TopicListeners, long, ListenerRules.ByTopic> Topics { get; init; }

    public bool IsEmpty => Topics.Count == 0;

    public TopicListeners? Find(TopicId topic) => Topics.Find(topic.Value);

    public PatternListeners? Find(TopicId topic, string pattern) => Find(topic)?.ByPattern.Find(pattern);

    public SubscriptionTable With(Listener listener) =>
        With(ListenersOf(listener.Filter).With(listener));

    /// <summary>The listener must be there.</summary>
    public SubscriptionTable Without(Listener listener) =>
        With(ListenersOf(listener.Filter).Without(listener));

    /// <summary>Sets what another node wants by a filter.</summary>
    public SubscriptionTable With(FilterKey filter, RemoteListener node) =>
        With(ListenersOf(filter).With(filter.ShareGroup, node));

    /// <summary>Drops what a node said before an epoch.</summary>
    public SubscriptionTable WithoutNode(NodeId node, long belowEpoch)
    {
        SubscriptionTable table = this;
        foreach (PatternListeners listeners in ToList())
        {
            PatternListeners left = listeners.WithoutNode(node, belowEpoch);
            if (left != listeners)
                table = table.With(left);
        }

        return table;
    }

    /// <summary>Drops this node's own connections.</summary>
    public SubscriptionTable WithoutOwn()
    {
        SubscriptionTable table = this;
        foreach (PatternListeners listeners in ToList())
            table = table.With(listeners.WithoutOwn());
        return table;
    }

    public List<PatternListeners> ToList()
    {
        List<PatternListeners> all = [];
        foreach (TopicListeners topic in Topics.ToList())
            all.AddRange(topic.ByPattern.ToList());
        return all;
    }

    private PatternListeners ListenersOf(FilterKey filter) =>
        Find(filter.Topic, filter.Pattern) ?? new PatternListeners(filter.Topic, filter.Pattern);

    private SubscriptionTable With(PatternListeners listeners)
    {
        TopicListeners topic = (Find(listeners.Topic) ?? new TopicListeners(listeners.Topic)).With(listeners);
        return new SubscriptionTable
        {
            Topics = topic.ByPattern.Count == 0 ? Topics.Without(topic.Topic.Value) : Topics.With(topic),
        };
    }
}
