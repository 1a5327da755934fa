using Cmq.MultiProtocol.Core.Metadata;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <content>What operators ask about.</content>
public sealed partial class BrokerNode
{
    /// <summary>The cluster as this node sees it now. Any thread.</summary>
    public ClusterStatus Status => new(
        Self,
        _record?.ClusterId,
        [.. _groups.Values.Select(host => host.Status).OrderBy(group => group.Group.Value)],
        Directory.Nodes)
    {
        Members = Directory.Members,
        Waiting = WaitingNodes(),
    };

    /// <summary>Null when there is no such queue, as far as this node knows. Any thread.</summary>
    public QueuePlace? FindPlace(string namespaceName, string queueName)
    {
        DirectorySnapshot directory = Directory;
        return directory.FindNamespace(namespaceName) is { } ns && directory.FindQueue(ns, queueName) is { } queue
            ? new QueuePlace(queue.Group, Known(LeaderOf(queue.Group)))
            : null;
    }

    private static NodeId? Known(NodeId leader) => leader.Value == 0 ? null : leader;
}
