namespace Cmq.MultiProtocol.Core;

/// <summary>A named router, numbered once for ever by the directory.</summary>
public readonly record struct TopicId(long Value)
{
    public override string ToString() => Value.ToString();
}
