using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Metadata;

namespace Cmq.MultiProtocol.Core.Subscriptions;

/// <summary>All who listen to one pattern of one topic; immutable.</summary>
internal sealed class PatternListeners
{
    private int _ownToAll;

    public PatternListeners(TopicId topic, string pattern)
    {
        Topic = topic;
        Pattern = pattern;
        HasWildcard = PatternNode.HasWildcard(pattern);
        SkipsReserved = HasWildcard && LevelKey.StartsWithWildcard(pattern);
    }

    private PatternListeners(PatternListeners old)
    {
        Topic = old.Topic;
        Pattern = old.Pattern;
        HasWildcard = old.HasWildcard;
        SkipsReserved = old.SkipsReserved;
        Own = old.Own;
        _ownToAll = old._ownToAll;
        Nodes = old.Nodes;
        Shares = old.Shares;
    }

    public TopicId Topic { get; }

    public string Pattern { get; }

    public bool HasWildcard { get; }

    /// <summary>Starts with a wildcard, which does not stand for a reserved first level.</summary>
    public bool SkipsReserved { get; }

    /// <summary>Connections of this node, without share group.</summary>
    public HashTrie<Listener, long, ListenerRules.ByConnection> Own { get; private init; }

    /// <summary>Other nodes with such connections.</summary>
    public RemoteListener[] Nodes { get; private init; } = [];

    public ShareListeners[] Shares { get; private init; } = [];

    public bool IsEmpty => Own.Count == 0 && Nodes.Length == 0 && Shares.Length == 0;

    /// <summary>Whether a message that matches finds anyone.</summary>
    public bool Reaches(bool persistent)
    {
        if (persistent ? _ownToAll > 0 : Own.Count > 0)
            return true;
        foreach (RemoteListener node in Nodes)
        {
            if (node.Count(persistent) > 0)
                return true;
        }

        foreach (ShareListeners share in Shares)
        {
            if (share.Reaches(persistent))
                return true;
        }

        return false;
    }

    public ShareListeners? FindShare(string name) => Array.Find(Shares, share => share.Name == name);

    /// <summary>What this node's own connections want of the others.</summary>
    public FilterInterest InterestOf(string? shareGroup)
    {
        var filter = new FilterKey(Topic, Pattern, shareGroup);
        if (shareGroup is null)
            return new FilterInterest(filter, _ownToAll > 0 ? 1 : 0, Own.Count > _ownToAll ? 1 : 0);
        ShareListeners? share = FindShare(shareGroup);
        return new FilterInterest(filter, share?.ToAll.Length ?? 0, share?.TransientOnly.Length ?? 0);
    }

    /// <summary>The connection must not be among those of the same share group yet.</summary>
    public PatternListeners With(Listener listener) => listener.Filter.ShareGroup is { } share
        ? WithShare((FindShare(share) ?? new ShareListeners { Name = share }).With(listener))
        : new PatternListeners(this)
        {
            Own = Own.With(listener),
            _ownToAll = _ownToAll + (listener.TransientOnly ? 0 : 1),
        };

    /// <summary>The listener must be there.</summary>
    public PatternListeners Without(Listener listener) => listener.Filter.ShareGroup is { } share
        ? WithShare(FindShare(share)!.Without(listener))
        : new PatternListeners(this)
        {
            Own = Own.Without(listener.Subscriber.Number),
            _ownToAll = _ownToAll - (listener.TransientOnly ? 0 : 1),
        };

    /// <summary>Sets what another node wants.</summary>
    public PatternListeners With(string? shareGroup, RemoteListener node)
    {
        if (shareGroup is null)
            return new PatternListeners(this) { Nodes = RemoteListener.With(Nodes, node) };
        ShareListeners share = FindShare(shareGroup) ?? new ShareListeners { Name = shareGroup };
        return WithShare(share.WithNodes(RemoteListener.With(share.Nodes, node)));
    }

    /// <summary>Drops what a node said before an epoch.</summary>
    public PatternListeners WithoutNode(NodeId node, long belowEpoch)
    {
        RemoteListener[] nodes = RemoteListener.Without(Nodes, node, belowEpoch);
        ShareListeners[] shares = Shares;
        foreach (ShareListeners share in Shares)
        {
            RemoteListener[] left = RemoteListener.Without(share.Nodes, node, belowEpoch);
            if (left != share.Nodes)
                shares = Replace(shares, share.WithNodes(left));
        }

        return nodes == Nodes && shares == Shares
            ? this
            : new PatternListeners(this) { Nodes = nodes, Shares = shares };
    }

    public PatternListeners WithoutOwn()
    {
        ShareListeners[] shares = Shares;
        foreach (ShareListeners share in Shares)
            shares = Replace(shares, share.WithoutOwn());
        return new PatternListeners(this) { Own = default, _ownToAll = 0, Shares = shares };
    }

    private PatternListeners WithShare(ShareListeners share) =>
        new(this) { Shares = Replace(Shares, share) };

    private static ShareListeners[] Replace(ShareListeners[] shares, ShareListeners share)
    {
        ShareListeners[] others = Array.FindAll(shares, one => one.Name != share.Name);
        return share.IsEmpty ? others : [.. others, share];
    }
}
