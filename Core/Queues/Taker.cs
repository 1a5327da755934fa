namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>
/// Somebody who takes messages of a queue in turn: an eager consumer, or the line of receives.
/// </summary>
internal abstract class Taker(int priority)
{
    /// <summary>Higher is served first.</summary>
    public int Priority { get; } = priority;

    /// <summary>It stands in the queue's turns.</summary>
    public bool HasTurn { get; set; }

    /// <summary>It would take a message now.</summary>
    public abstract bool Wants { get; }
}
