namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>A message handed to a consumer.</summary>
/// <param name="Consumer">The number given at attach; 0 for a get or a receive.</param>
/// <param name="Sequence">Number in the queue; with <paramref name="Queue"/> it names what to settle.</param>
/// <param name="Redelivered">It may have been delivered before.</param>
/// <param name="DeliveryCount">Deliveries so far, this one included, as far as they are known to the log.</param>
/// <param name="Receipt">Strict check-outs: the check-out number; else 0.</param>
/// <param name="FirstCheckOutMs">Strict: log time of the first check-out.</param>
/// <param name="DeadlineMs">Strict: log time at which it becomes visible again.</param>
public sealed record Delivery(
    int Consumer,
    QueueId Queue,
    long Sequence,
    bool Redelivered,
    int DeliveryCount,
    long Receipt,
    long FirstCheckOutMs,
    long DeadlineMs,
    StoredMessage Message);
