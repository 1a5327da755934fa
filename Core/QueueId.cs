namespace Cmq.MultiProtocol.Core;

/// <summary>A queue, numbered once for ever by the directory; a successor of the same name has another number.</summary>
public readonly record struct QueueId(long Value)
{
    public override string ToString() => Value.ToString();
}
