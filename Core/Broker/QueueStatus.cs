namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>Figures of a queue at its leader.</summary>
/// <param name="Ready">Deliverable now.</param>
/// <param name="Held">Delivered eagerly or checked out, not settled.</param>
/// <param name="Delayed">Waiting for their delay.</param>
/// <param name="Rewindable">Settled but still addressable by rewind.</param>
/// <param name="ReadyBytes">Body bytes of ready messages; 0 when the queue has no byte limit.</param>
/// <param name="OldestMs">Publish time of the oldest unsettled message, Unix ms; 0 = none.</param>
public readonly record struct QueueStatus(
    long Ready,
    long Held,
    long Delayed,
    int Consumers,
    long Rewindable,
    long ReadyBytes,
    long OldestMs);
