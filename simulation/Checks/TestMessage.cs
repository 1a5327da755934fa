namespace Cmq.MultiProtocol.Simulation.Checks;

/// <summary>One publish, and what became of it.</summary>
/// <param name="number">Names it in its body.</param>
/// <param name="queue">Where it was sent.</param>
/// <param name="publisher">The publisher's connection: what one sends keeps its order.</param>
internal sealed class TestMessage(long number, TestQueue queue, long publisher)
{
    public long Number => number;

    public TestQueue Queue => queue;

    public long Publisher => publisher;

    /// <summary>Not visible before this long after its publish, in log time.</summary>
    public long DelayMs { get; init; }

    /// <summary>Its own time to live in log time; null = for ever.</summary>
    public long? TtlMs { get; init; }

    /// <summary>Log time when it was sent off: it was published then or later.</summary>
    public long PublishedFromMs { get; init; }

    /// <summary>Log time of its publish, once a delivery has told it.</summary>
    public long? PublishedMs { get; set; }

    /// <summary>It died elsewhere, and is here as a dead letter.</summary>
    public bool IsLetter { get; init; }

    /// <summary>When it was seen where its queue's dead letters go, microseconds; null = it was not.</summary>
    public long? SeenDeadAtUs { get; set; }

    /// <summary>Somebody was told that it is stored.</summary>
    public bool IsConfirmed { get; set; }

    /// <summary>Somebody was told that it is not stored.</summary>
    public bool IsRefused { get; set; }

    /// <summary>Its number in the queue, once a confirm or a delivery has told it.</summary>
    public long? Sequence { get; set; }

    public int Deliveries { get; set; }

    /// <summary>A consumer that had it has settled it as done; whether that counted is another matter.</summary>
    public bool IsSettleTried { get; set; }

    /// <summary>Times that it was.</summary>
    public int SettleTries { get; private set; }

    /// <summary>A consumer that had it has refused it for good.</summary>
    public bool IsRejectTried { get; set; }

    /// <summary>When somebody was told that it is settled for good, microseconds; null = nobody was.</summary>
    public long? SettledAtUs { get; set; }

    /// <summary>Newest check-out that a strict consumer was given; 0 = none was.</summary>
    public long LastReceipt { get; set; }

    /// <summary>Check-out by which it was settled for good; 0 = by none.</summary>
    public long SettledReceipt { get; set; }

    public void TrySettle()
    {
        IsSettleTried = true;
        SettleTries++;
    }

    /// <summary>It may come back by a rewind.</summary>
    public void ForgetSettled()
    {
        SettledAtUs = null;
        SettledReceipt = 0;
    }

    public override string ToString() => $"message {number} of {queue.Name} (sequence {Sequence})";
}
