namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>A consumer, or a connection's gets (number 0), and what it holds of one queue.</summary>
internal sealed class EagerConsumer(QueueView view, ConsumerKey key, int priority, int maxHeld)
    : Taker(priority)
{
    public QueueView View { get; } = view;

    public ConsumerKey Key { get; } = key;

    /// <summary>Detaching ends delivery, not holding.</summary>
    public bool IsAttached { get; set; }

    public long Credit { get; set; }

    public SequenceSet Held { get; } = new();

    public bool HasRoom => Held.Count < maxHeld;

    public override bool Wants => IsAttached && Credit > 0 && HasRoom;
}
