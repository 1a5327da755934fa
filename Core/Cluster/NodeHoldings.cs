using Cmq.MultiProtocol.Core.Queues;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>What a node tells the leader of a group: its eager consumers there, and all that they hold.</summary>
/// <param name="Fence">Of the leader's asking; the default where the node was not asked.</param>
internal sealed record NodeHoldings(
    DeliveryFence Fence, IReadOnlyList<NodeHoldings.Consumer> Consumers, IReadOnlyList<NodeHoldings.Held> Holds)
{
    /// <summary>The same in the dispatcher's words.</summary>
    public NodeAnnouncement ToAnnouncement(NodeIncarnation node) => new(
        node,
        [.. Consumers.Select(one => new AnnouncedConsumer(one.Queue, one.Key, one.Granted, one.Received))],
        [.. Holds.GroupBy(one => (one.Queue, one.Key)).Select(held => new AnnouncedHold(
            held.Key.Queue,
            held.Key.Key,
            SequenceRanges.Of([.. held.Select(one => one.Sequence).Order()])))]);

    /// <param name="Granted">Messages ever allowed.</param>
    /// <param name="Received">Messages that came.</param>
    public readonly record struct Consumer(QueueId Queue, ConsumerKey Key, long Granted, long Received);

    /// <param name="Key">Who holds it; number 0 for a get.</param>
    public readonly record struct Held(QueueId Queue, ConsumerKey Key, long Sequence);
}
