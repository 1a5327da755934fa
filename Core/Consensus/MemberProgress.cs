namespace Cmq.MultiProtocol.Core.Consensus;

/// <summary>What a leader knows of one member, itself included.</summary>
/// <param name="Match">Everything up to here is on its disk, and the same as the leader's.</param>
/// <param name="IsLearner">It has no vote.</param>
/// <param name="IsActive">It was heard within the last election timeout.</param>
/// <param name="NeedsSnapshot">It is being sent a snapshot, because the entries that it lacks were cut.</param>
public readonly record struct MemberProgress(
    NodeId Node, long Match, bool IsLearner, bool IsActive, bool NeedsSnapshot);
