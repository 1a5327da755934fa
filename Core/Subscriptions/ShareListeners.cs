namespace Cmq.MultiProtocol.Core.Subscriptions;

/// <summary>The listeners of one share group, topic and pattern: each message is for one of them, in the whole cluster.
/// Immutable but for the turn.</summary>
internal sealed class ShareListeners
{
    private Turn _turn = new();

    public required string Name { get; init; }

    /// <summary>Connections of this node that hear everything.</summary>
    public Listener[] ToAll { get; private init; } = [];

    /// <summary>Connections of this node that hear only what is not persistent.</summary>
    public Listener[] TransientOnly { get; private init; } = [];

    public RemoteListener[] Nodes { get; private init; } = [];

    public bool IsEmpty => ToAll.Length == 0 && TransientOnly.Length == 0 && Nodes.Length == 0;

    /// <summary>Connections of this node that may get a message.</summary>
    public int OwnCount(bool persistent) => persistent ? ToAll.Length : ToAll.Length + TransientOnly.Length;

    /// <summary>Whether a message finds anyone.</summary>
    public bool Reaches(bool persistent)
    {
        if (OwnCount(persistent) > 0)
            return true;
        foreach (RemoteListener node in Nodes)
        {
            if (node.Count(persistent) > 0)
                return true;
        }

        return false;
    }

    /// <summary>Takes turns through the listeners of all nodes.</summary>
    /// <param name="persistent">What the message is.</param>
    /// <param name="own">The connection, if it is one of this node.</param>
    /// <param name="node">Else the node that picks one of its own.</param>
    /// <returns>False: there is nobody.</returns>
    public bool TryPick(bool persistent, out Listener? own, out NodeId node)
    {
        own = null;
        node = default;
        long ownCount = OwnCount(persistent);
        long all = ownCount;
        foreach (RemoteListener remote in Nodes)
            all += remote.Count(persistent);
        if (all == 0)
            return false;
        long place = _turn.Next() % all;
        if (place < ownCount)
        {
            own = At((int)place);
            return true;
        }

        place -= ownCount;
        foreach (RemoteListener remote in Nodes)
        {
            node = remote.Node;
            place -= remote.Count(persistent);
            if (place < 0)
                break;
        }

        return true;
    }

    /// <summary>Takes turns through this node's own listeners; null when there is none.</summary>
    public Listener? PickOwn(bool persistent)
    {
        int count = OwnCount(persistent);
        return count == 0 ? null : At((int)(_turn.Next() % (uint)count));
    }

    public ShareListeners With(Listener listener) => listener.TransientOnly
        ? Copy(ToAll, [.. TransientOnly, listener], Nodes)
        : Copy([.. ToAll, listener], TransientOnly, Nodes);

    public ShareListeners Without(Listener listener) => Copy(
        Array.FindAll(ToAll, one => one != listener), Array.FindAll(TransientOnly, one => one != listener), Nodes);

    public ShareListeners WithNodes(RemoteListener[] nodes) => Copy(ToAll, TransientOnly, nodes);

    public ShareListeners WithoutOwn() => Copy([], [], Nodes);

    private Listener At(int place) => place < ToAll.Length ? ToAll[place] : TransientOnly[place - ToAll.Length];

    private ShareListeners Copy(Listener[] toAll, Listener[] transientOnly, RemoteListener[] nodes) => new()
    {
        Name = Name,
        _turn = _turn,
        ToAll = toAll,
        TransientOnly = transientOnly,
        Nodes = nodes,
    };
}
