namespace Cmq.MultiProtocol.Core.Subscriptions;

/// <summary>Another node that listens to a filter; immutable, and shared between the filters of a node that count
/// alike.</summary>
/// <param name="Node">The node.</param>
/// <param name="Epoch">Which of its lists named the filter: what the next whole list does not name is dropped.</param>
/// <param name="ToAll">Its listeners that hear everything: in a share group their count, else 1 or 0.</param>
/// <param name="TransientOnly">Its other listeners.</param>
internal sealed record RemoteListener(NodeId Node, long Epoch, int ToAll, int TransientOnly)
{
    /// <summary>Listeners that a message may reach.</summary>
    public int Count(bool persistent) => persistent ? ToAll : ToAll + TransientOnly;

    /// <summary>The array without a node's entry, as it is if there is none.</summary>
    public static RemoteListener[] Without(RemoteListener[] nodes, NodeId node, long belowEpoch)
    {
        int found = Array.FindIndex(nodes, one => one.Node == node && one.Epoch < belowEpoch);
        if (found < 0)
            return nodes;
        return nodes.Length == 1 ? [] : [.. nodes[..found], .. nodes[(found + 1)..]];
    }

    /// <summary>The array with a node's entry added, or in the place of its former one; a count of 0 takes it
    /// out.</summary>
    public static RemoteListener[] With(RemoteListener[] nodes, RemoteListener entry)
    {
        RemoteListener[] others = Without(nodes, entry.Node, long.MaxValue);
        return entry.Count(persistent: false) == 0 ? others : [.. others, entry];
    }
}
