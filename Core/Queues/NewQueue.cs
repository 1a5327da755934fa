using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>
/// What the directory tells a group of a new queue; see <see cref="QueueInfo"/> for the fields.
/// </summary>
public sealed record NewQueue(
    QueueId Id,
    NamespaceId Namespace,
    string Name,
    bool Durable,
    bool AutoDelete,
    ConnectionKey? Owner,
    QueueSettings Settings)
{
    /// <summary>It is a partition: read by offset, not consumed; without a name. Of its settings only the age limit and
    /// the largest body count.</summary>
    public bool IsPartition { get; init; }
}
