namespace Cmq.MultiProtocol.Core;

/// <summary>A configured node number, 1 or above; stable over restarts of the node.</summary>
public readonly record struct NodeId(int Value)
{
    public override string ToString() => Value.ToString();
}
