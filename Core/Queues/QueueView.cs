using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>
/// What the leader alone knows of a queue: which messages are ready and who holds which. Fresh messages cost
/// nothing: all that is unsettled at or above <see cref="Cursor"/> is ready.
/// </summary>
internal sealed class QueueView(QueueState state)
{
    public QueueState State { get; } = state;

    public QueueId Id => State.Id;

    public QueueSettings Settings => State.Settings;

    /// <summary>Every message below it was handed out, hidden, or is in <see cref="Back"/>.</summary>
    public long Cursor { get; set; }

    /// <summary>A new leader: below it a message may be held by a node that has not announced yet.</summary>
    public long VeilEnd { get; set; }

    /// <summary>Ready messages below the cursor.</summary>
    public SequenceSet Back { get; } = new();

    /// <summary>May have been delivered before.</summary>
    public SequenceSet Redelivered { get; } = new();

    /// <summary>Held, and on its way back by a command that is not applied yet; null = nothing.</summary>
    public SequenceSet? Returning { get; set; }

    /// <summary>Something may still come back that stands before what is ready.</summary>
    public bool IsHandingOver => Returning is not null || VeilEnd > 0;

    /// <summary>Picked for a check-out or dropped, by a command that is not applied yet.</summary>
    public SequenceSet Away { get; } = new();

    public long AwayBytes { get; set; }

    public long Picked { get; set; }

    public Dictionary<long, Hold> Holds { get; } = [];

    public long HeldBytes { get; set; }

    public Dictionary<ConsumerKey, EagerConsumer> Consumers { get; } = [];

    public Turns Turns { get; } = new();

    public ReceiveLine Receives { get; } = new();

    /// <summary>Gets that wait for the delivered mark to move.</summary>
    public Queue<QueueRequest.Get> Gets { get; } = new();

    /// <summary>Messages at or above it came since the queue was last looked at.</summary>
    public long SeenEnd { get; set; }

    public bool IsDirty { get; set; }

    public bool MarkInFlight { get; set; }

    public int DropsInFlight { get; set; }

    public bool IdleDeleteInFlight { get; set; }

    public bool IsDeleted { get; set; }

    /// <summary>Log time of the last use; counts while nobody is attached or waits.</summary>
    public long IdleSinceMs { get; set; }

    /// <summary>Log time at which it is on the list of those to look at.</summary>
    public long WakeMs { get; set; } = long.MaxValue;

    public long Ready => Math.Max(
        0, State.Unsettled - State.CheckedOut - State.Delayed - Holds.Count - Away.Count);

    public long ReadyBytes => Math.Max(
        0, State.UnsettledBytes - State.CheckedOutBytes - State.DelayedBytes - HeldBytes - AwayBytes);

    public bool IsIdle => State.ConsumerCount == 0 && Receives.Count == 0;

    /// <summary>The first ready message.</summary>
    public bool TryPeekReady(out long sequence)
    {
        if (Back.TryPeek(out sequence))
            return true;
        for (sequence = State.NextUnsettled(Cursor);
            sequence < State.NextSequence && !State.IsVisible(sequence);
            sequence = State.NextUnsettled(sequence + 1))
        {
            // It is put into Back when its delay or check-out is over.
        }

        Cursor = sequence;
        return sequence < State.NextSequence;
    }

    /// <summary>Takes the first ready message, as <see cref="TryPeekReady"/> gave it.</summary>
    public void Take(long sequence)
    {
        if (!Back.Remove(sequence))
            Cursor = sequence + 1;
    }

    /// <summary>
    /// Puts a message among the ready ones, unless it is ahead of the cursor anyway or not free.
    /// </summary>
    public void PutBack(long sequence)
    {
        if (sequence < Cursor && State.IsUnsettled(sequence) && State.IsVisible(sequence)
            && !Holds.ContainsKey(sequence) && !Away.Contains(sequence))
        {
            Back.Add(sequence);
        }
    }

    /// <summary>Age in ms at which a message is too old; <see cref="long.MaxValue"/> = never.</summary>
    public long AgeLimitMs(in Row row)
    {
        long limitMs = row.TtlMs >= 0 ? row.TtlMs : long.MaxValue;
        limitMs = Math.Min(limitMs, Settings.MessageTtlMs ?? long.MaxValue);
        return Math.Min(limitMs, Settings.DeadLetterAfterMs ?? long.MaxValue);
    }
}
