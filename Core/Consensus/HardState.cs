namespace Cmq.MultiProtocol.Core.Consensus;

/// <summary>What a member must have on disk before it answers (Raft section 5, figure 2).</summary>
/// <param name="Term">Latest term seen.</param>
/// <param name="Vote">Candidate voted for in <paramref name="Term"/>; node 0 = none.</param>
/// <param name="Commit">A commit index known at the time of writing; a hint, never ahead of the truth.</param>
public readonly record struct HardState(long Term, NodeId Vote, long Commit);
