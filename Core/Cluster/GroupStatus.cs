namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>A replicated group as one member sees it.</summary>
/// <param name="Leader">Null: nobody that the member knows of.</param>
/// <param name="Term">The member's Raft term.</param>
/// <param name="AppliedIndex">Log index of the last entry that the member has applied; 0 before any.</param>
public sealed record GroupStatus(GroupId Group, NodeId? Leader, long Term, long AppliedIndex);
