namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>A message under a strict check-out.</summary>
internal readonly record struct CheckedOutMessage(
    long Sequence, long CheckOut, int Deliveries, long FirstCheckOutMs, long DeadlineMs);
