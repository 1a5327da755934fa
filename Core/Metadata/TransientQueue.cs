namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>Index entry of a queue that dies with a node's incarnation, and maybe with a connection before.
/// Ordered, so that what belongs together stands together and is walked in the same order on every
/// member.</summary>
/// <param name="Connection">Number of the connection that owns the queue; 0 = none.</param>
internal readonly record struct TransientQueue(NodeIncarnation Owner, long Connection, long Queue)
    : IComparable<TransientQueue>
{
    public int CompareTo(TransientQueue other)
    {
        int order = Owner.Node.Value.CompareTo(other.Owner.Node.Value);
        if (order == 0)
            order = Owner.Incarnation.CompareTo(other.Owner.Incarnation);
        if (order == 0)
            order = Connection.CompareTo(other.Connection);
        return order == 0 ? Queue.CompareTo(other.Queue) : order;
    }
}
