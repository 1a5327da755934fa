namespace Cmq.MultiProtocol.Core;

/// <summary>
/// A replicated group: 0 is the directory, 1..N hold queues. A negative value is the local group of node
/// <c>-Value</c>: the same queue machine, in memory, on one node.
/// </summary>
public readonly record struct GroupId(int Value)
{
    public static readonly GroupId Directory = new(0);

    public static GroupId LocalOf(NodeId node) => new(-node.Value);

    public bool IsLocal => Value < 0;

    /// <summary>The node that a local group lives on.</summary>
    public NodeId LocalNode => new(-Value);

    public override string ToString() => Value.ToString();
}
