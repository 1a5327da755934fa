using Cmq.MultiProtocol.Core.Consensus;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>A replicated group as one member sees it.</summary>
/// <param name="Leader">Null: nobody that the member knows of.</param>
/// <param name="Term">The member's Raft term.</param>
/// <param name="AppliedIndex">Log index of the last entry that the member has applied; 0 before any.</param>
public sealed record GroupStatus(GroupId Group, NodeId? Leader, long Term, long AppliedIndex)
{
    /// <summary>The configuration that the member goes by.</summary>
    public GroupMembers Members { get; init; } = GroupMembers.None;

    /// <summary>How far the members are, by the leader; empty elsewhere.</summary>
    public IReadOnlyList<MemberProgress> Progress { get; init; } = [];
}
