using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>
/// A message on its way to a consumer; <see cref="QueueUnits.Read"/> makes the message of its unit.
/// </summary>
/// <param name="Consumer">Number 0 for gets and receives.</param>
/// <param name="Queue">Where it stands.</param>
/// <param name="Sequence">Its number there.</param>
/// <param name="Redelivered">It may have been delivered before.</param>
/// <param name="DeliveryCount">Deliveries so far, this one included, as far as the log knows.</param>
/// <param name="Unit">The unit or overlay to read.</param>
/// <param name="Receipt">Strict: the check-out number; else 0.</param>
/// <param name="FirstCheckOutMs">Strict: log time of the first check-out, Unix ms.</param>
/// <param name="DeadlineMs">Strict: log time at which it becomes visible again.</param>
public readonly record struct DispatchedMessage(
    ConsumerKey Consumer,
    QueueId Queue,
    long Sequence,
    bool Redelivered,
    int DeliveryCount,
    UnitRef Unit,
    long Receipt,
    long FirstCheckOutMs,
    long DeadlineMs);
