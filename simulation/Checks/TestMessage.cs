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

    /// <summary>Somebody was told that it is stored.</summary>
    public bool IsConfirmed { get; set; }

    /// <summary>Somebody was told that it is not stored.</summary>
    public bool IsRefused { get; set; }

    /// <summary>Its number in the queue, once a confirm or a delivery has told it.</summary>
    public long? Sequence { get; set; }

    public int Deliveries { get; set; }

    /// <summary>A consumer that had it has settled it as done; whether that counted is another matter.</summary>
    public bool IsSettleTried { get; set; }

    /// <summary>When somebody was told that it is settled for good, microseconds; null = nobody was.</summary>
    public long? SettledAtUs { get; set; }

    /// <summary>Newest check-out that a strict consumer was given; 0 = none was.</summary>
    public long LastReceipt { get; set; }

    /// <summary>Check-out by which it was settled for good; 0 = by none.</summary>
    public long SettledReceipt { get; set; }

    public override string ToString() => $"message {number} of {queue.Name} (sequence {Sequence})";
}
