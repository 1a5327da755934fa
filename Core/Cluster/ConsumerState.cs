namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>A consumer of a connection on this node. Guarded by its connection's lock.</summary>
internal sealed class ConsumerState(QueueId queue, GroupId group, bool autoSettle, int credit)
{
    public QueueId Queue { get; } = queue;

    public GroupId Group { get; } = group;

    public bool AutoSettle { get; } = autoSettle;

    /// <summary>All messages ever allowed; told to the leader as a total, so that a repeated word adds nothing.</summary>
    public long Granted { get; set; } = credit;

    /// <summary>All messages that came.</summary>
    public long Received { get; set; }
}
