using System.Runtime.InteropServices;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Metadata;

namespace Cmq.MultiProtocol.Core.Subscriptions;

/// <summary>
/// One message on its way to those who listen. Kept per thread and used again, so that it allocates nothing; it is
/// taken out while in use.
/// </summary>
internal sealed class Hearing
{
    /// <summary>Scratch above this many entries is not kept for the next message.</summary>
    private const int MaxKept = 4_096;

    [ThreadStatic]
    private static Hearing? t_idle;

    private readonly PatternMatcher _matcher = new();
    private readonly List<PatternListeners> _matched = [];
    private readonly List<NodeId> _nodes = [];
    private readonly List<SharePick> _picks = [];
    private HashSet<Subscriber> _told = [];

    /// <summary>Other nodes with plain listeners, after <see cref="Tell"/>.</summary>
    public ReadOnlySpan<NodeId> Nodes => CollectionsMarshal.AsSpan(_nodes);

    /// <summary>Share groups that another node picks for, after <see cref="Tell"/>.</summary>
    public ReadOnlySpan<SharePick> Picks => CollectionsMarshal.AsSpan(_picks);

    public static Hearing Take()
    {
        Hearing hearing = t_idle ?? new Hearing();
        t_idle = null;
        return hearing;
    }

    /// <summary>Lets go of the message; after an exception it is simply not used again.</summary>
    public void GiveBack()
    {
        if (_told.Count > MaxKept)
            _told = [];
        else
            _told.Clear();
        _matched.Clear();
        _matcher.Clear();
        _nodes.Clear();
        _picks.Clear();
        t_idle = this;
    }

    /// <summary>Finds who listens to a message.</summary>
    /// <param name="table">Who listens to what.</param>
    /// <param name="topics">The topics that the message visits, each once.</param>
    /// <param name="keys">The keys that it is routed with.</param>
    /// <param name="persistent">What the message is.</param>
    /// <returns>False: nobody.</returns>
    public bool Match(SubscriptionTable table, ReadOnlySpan<TopicId> topics, in RouteKeys keys, bool persistent)
    {
        _matched.Clear();
        foreach (TopicId topic in topics)
        {
            if (table.Find(topic) is not { } listeners)
                continue;
            for (int i = 0; i < keys.Count; i++)
                Match(listeners, keys[i], persistent, mayRepeat: i > 0);
        }

        return _matched.Count > 0;
    }

    /// <summary>Tells this node's own listeners, each connection once, and finds out which other nodes must
    /// hear.</summary>
    public void Tell(StoredMessage message)
    {
        foreach (PatternListeners listeners in CollectionsMarshal.AsSpan(_matched))
        {
            TellOwn(listeners, message);
            foreach (RemoteListener remote in listeners.Nodes)
            {
                if (remote.Count(message.Persistent) > 0 && !_nodes.Contains(remote.Node))
                    _nodes.Add(remote.Node);
            }

            foreach (ShareListeners share in listeners.Shares)
                Share(listeners, share, message);
        }
    }

    /// <summary>Tells this node's own listeners without share group: what another node sent on.</summary>
    public void TellOwn(StoredMessage message)
    {
        foreach (PatternListeners listeners in CollectionsMarshal.AsSpan(_matched))
            TellOwn(listeners, message);
    }

    /// <summary>Tells the connection whose turn it is on this node: another node's pick.</summary>
    public static void TellPicked(SubscriptionTable table, FilterKey filter, StoredMessage message)
    {
        if (table.Find(filter.Topic, filter.Pattern)?.FindShare(filter.ShareGroup!) is { } share
            && share.PickOwn(message.Persistent) is { } picked)
        {
            TellPicked(picked, message);
        }
    }

    private static void TellPicked(Listener picked, StoredMessage message)
    {
        ISubscriberSink sink = picked.Subscriber.Sink;
        sink.Heard(message, picked.Filter.ShareGroup, picked.Filter.Pattern);
        sink.Flush();
    }

    private void Match(TopicListeners topic, string key, bool persistent, bool mayRepeat)
    {
        // One with wildcards is found by the walk, also by a key that looks like it.
        if (topic.ByPattern.Find(key) is { HasWildcard: false } exact)
            Add(exact, key, persistent, mayRepeat);
        if (topic.Wildcards.IsEmpty)
            return;
        foreach (PatternNode node in CollectionsMarshal.AsSpan(_matcher.Match(topic.Wildcards, key)))
        {
            if (node.Ends is PatternListeners listeners)
                Add(listeners, key, persistent, mayRepeat);
        }
    }

    private void Add(PatternListeners listeners, string key, bool persistent, bool mayRepeat)
    {
        if ((listeners.SkipsReserved && LevelKey.IsReserved(key)) || !listeners.Reaches(persistent))
            return;
        if (!mayRepeat || !_matched.Contains(listeners))
            _matched.Add(listeners);
    }

    private void TellOwn(PatternListeners listeners, StoredMessage message)
    {
        var visitor = new Visitor(this, message);
        listeners.Own.ForEach(ref visitor);
    }

    private void Share(PatternListeners listeners, ShareListeners share, StoredMessage message)
    {
        if (!share.TryPick(message.Persistent, out Listener? own, out NodeId node))
            return;
        if (own is not null)
            TellPicked(own, message);
        else
            _picks.Add(new SharePick(node, new FilterKey(listeners.Topic, listeners.Pattern, share.Name)));
    }

    private readonly struct Visitor(Hearing hearing, StoredMessage message) : IItemVisitor<Listener>
    {
        public void Visit(Listener item)
        {
            if (item.TransientOnly && message.Persistent)
                return;
            // By one pattern a connection listens once; only several can find it again.
            if (hearing._matched.Count > 1 && !hearing._told.Add(item.Subscriber))
                return;
            item.Subscriber.Sink.Heard(message, null, null);
            item.Subscriber.Sink.Flush();
        }
    }
}
