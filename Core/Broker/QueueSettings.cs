namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>What a queue's state machine needs to know of it. Null = no limit. Times in milliseconds.</summary>
public sealed record QueueSettings
{
    /// <summary>Age at which a ready message dies; the smaller of this and the message's own counts.</summary>
    public long? MessageTtlMs { get; init; }

    /// <summary>The queue goes after this long without consumers, gets or redeclaration.</summary>
    public long? IdleExpiryMs { get; init; }

    /// <summary>Most ready messages.</summary>
    public long? MaxMessages { get; init; }

    /// <summary>Most bytes of ready bodies.</summary>
    public long? MaxBytes { get; init; }

    public Overflow Overflow { get; init; }

    public DeadLetterTarget? DeadLetter { get; init; }

    /// <summary>A message returned or timed out after this many deliveries is dead-lettered
    /// (<see cref="DeathReason.DeliveryLimit"/>).</summary>
    public int? MaxDeliveries { get; init; }

    /// <summary>A message neither settled nor held for this long since it was stored is dead-lettered
    /// (<see cref="DeathReason.Expired"/>); differs from <see cref="MessageTtlMs"/> in that it also waits behind
    /// nothing: age is checked wherever the message stands.</summary>
    public long? DeadLetterAfterMs { get; init; }

    /// <summary>Everything older than this goes, whatever its state, without dead-lettering.</summary>
    public long? RetentionMs { get; init; }

    /// <summary>Settled messages stay addressable for rewind until this age; 0 = off.</summary>
    public long RewindMs { get; init; }

    /// <summary>How long a strict check-out lasts.</summary>
    public int VisibilityTimeoutMs { get; init; } = 30_000;

    /// <summary>Default wait of a receive.</summary>
    public int PollingWaitMs { get; init; }

    /// <summary>Largest body, in bytes.</summary>
    public int? MaxMessageBytes { get; init; }

    /// <summary>Takes only publications that are <see cref="Publication.Persistent"/>; the others pass it by, as if
    /// it were not bound.</summary>
    public bool PersistentOnly { get; init; }

    /// <summary>Most messages that wait for their delay.</summary>
    public int MaxDelayed { get; init; } = 1_000_000;

    /// <summary>Most strict check-outs at a time.</summary>
    public int MaxCheckedOut { get; init; } = 100_000;
}
