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
    QueueSettings Settings);
