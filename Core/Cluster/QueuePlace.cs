namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Where a queue is.</summary>
/// <param name="Group">The group that holds its messages; a local one for what is bound to a node.</param>
/// <param name="Leader">The group's leader; null: nobody that this node knows of.</param>
public sealed record QueuePlace(GroupId Group, NodeId? Leader);
