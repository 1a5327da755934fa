namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>A node that belongs to the cluster, alive or not.</summary>
/// <param name="Replica">The node, and the disk that it must have.</param>
/// <param name="LastIncarnation">The last life that a disk before this one had under the same number; those of this
/// disk are above. 0 = none.</param>
public sealed record ClusterMember(Replica Replica, long LastIncarnation)
{
    public NodeId Node => Replica.Node;
}
