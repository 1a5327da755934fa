using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>A leader's response to a <see cref="QueueAsk"/>.</summary>
/// <param name="Reply">How it went.</param>
/// <param name="Count">Messages purged, deleted, or left ready after a get.</param>
/// <param name="Status">Figures, when they were asked for.</param>
/// <param name="Deliveries">Messages of a get or a receive.</param>
/// <param name="Holder">Number of the connection that holds what a get brought; 0 for everything else.</param>
/// <param name="Fence">Under which a get brought it.</param>
internal sealed record QueueSaid(
    Reply Reply,
    long Count,
    QueueStatus Status,
    IReadOnlyList<Delivery> Deliveries,
    long Holder = 0,
    DeliveryFence Fence = default);
