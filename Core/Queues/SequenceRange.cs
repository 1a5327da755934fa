namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>Consecutive sequence numbers of one queue.</summary>
/// <param name="First">The lowest.</param>
/// <param name="Count">How many, 1 or above.</param>
public readonly record struct SequenceRange(long First, long Count)
{
    /// <summary>One above the highest.</summary>
    public long End => First + Count;
}
