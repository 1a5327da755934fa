namespace Cmq.MultiProtocol.Core.Consensus;

/// <summary>The members of a group. Joint consensus adds a second voter list in a later issue.</summary>
/// <param name="Voters">Nodes that vote, ascending, without repetition.</param>
/// <param name="Learners">Nodes that follow without a vote, ascending.</param>
public sealed record GroupMembers(IReadOnlyList<NodeId> Voters, IReadOnlyList<NodeId> Learners);
