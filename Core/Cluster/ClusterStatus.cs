using Cmq.MultiProtocol.Core.Metadata;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>The cluster as one node sees it at this moment; others may be ahead of it or behind.</summary>
/// <param name="Node">Who sees it so.</param>
/// <param name="ClusterId">Null: not known yet.</param>
/// <param name="Groups">The replicated groups that the node is a member of, by number; none before it has started
/// them.</param>
/// <param name="Nodes">The registered, live nodes, by number.</param>
public sealed record ClusterStatus(
    NodeId Node, Guid? ClusterId, IReadOnlyList<GroupStatus> Groups, IReadOnlyList<NodeInfo> Nodes)
{
    /// <summary>The nodes that belong to the cluster, alive or not, by number.</summary>
    public IReadOnlyList<ClusterMember> Members { get; init; } = [];

    /// <summary>Empty nodes that are connected to this one and wait to be added, by number.</summary>
    public IReadOnlyList<Replica> Waiting { get; init; } = [];
}
