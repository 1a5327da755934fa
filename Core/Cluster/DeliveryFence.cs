namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>
/// Tells what a leader handed to a node before the node said what it holds from what came after. Every leader asks with
/// a higher one than any before; what the node is sent under a lower one it has not said to hold, and somebody else may
/// have it by now: it is not taken.
/// </summary>
/// <param name="Term">Of the leader; for a local group the life of its node.</param>
/// <param name="Round">Of the leader's asking, from 1.</param>
internal readonly record struct DeliveryFence(long Term, long Round)
{
    public bool IsBefore(DeliveryFence other) =>
        Term < other.Term || (Term == other.Term && Round < other.Round);
}
