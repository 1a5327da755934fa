namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Collects a <see cref="NodeHoldings"/> over all connections of a node.</summary>
/// <param name="asOf">Batch of the node's lane up to which settlements count as done.</param>
/// <param name="fence">Of who asked.</param>
internal sealed class AnnouncementBuilder(long asOf, DeliveryFence fence)
{
    private readonly List<NodeHoldings.Consumer> _consumers = [];
    private readonly List<NodeHoldings.Held> _holds = [];

    public long AsOf => asOf;

    public void AddConsumer(QueueId queue, ConsumerKey key, long granted, long received) =>
        _consumers.Add(new NodeHoldings.Consumer(queue, key, granted, received));

    public void AddHeld(QueueId queue, ConsumerKey key, long sequence) =>
        _holds.Add(new NodeHoldings.Held(queue, key, sequence));

    public NodeHoldings Build() => new(fence, _consumers, _holds);
}
