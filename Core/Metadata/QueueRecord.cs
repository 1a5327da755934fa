using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>A queue in the directory.</summary>
/// <param name="Declarer">Connection that declared it; set for a queue that is not durable, because it dies
/// with the declarer's node.</param>
internal sealed record QueueRecord(QueueInfo Info, QueueState State, ConnectionKey? Declarer)
{
    /// <summary>Set for a partition: it lives and dies like a queue, but is in no list of queues and has no
    /// name.</summary>
    public PartitionInfo? Partition { get; init; }

    /// <summary>Entry in the index of what dies with an incarnation; only for queues with a
    /// declarer.</summary>
    public TransientQueue Transient =>
        new(Declarer!.Value.Owner, Info.Owner is { } owner ? owner.Number : 0, Info.Id.Value);
}
