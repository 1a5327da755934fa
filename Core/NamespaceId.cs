namespace Cmq.MultiProtocol.Core;

/// <summary>A namespace: unit of names and permissions.</summary>
public readonly record struct NamespaceId(long Value)
{
    public override string ToString() => Value.ToString();
}
