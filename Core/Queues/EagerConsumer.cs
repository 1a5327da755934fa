namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>A consumer, or a connection's gets (number 0), and what it holds of one queue.</summary>
internal sealed class EagerConsumer(QueueView view, ConsumerKey key, int priority, int maxHeld)
    : Taker(priority)
{
    public QueueView View { get; } = view;

    public ConsumerKey Key { get; } = key;

    /// <summary>Detaching ends delivery, not holding.</summary>
    public bool IsAttached { get; set; }

    /// <summary>Its node's connection broke: what is sent may be lost, so nothing is, until the node has said what it
    /// holds.</summary>
    public bool IsSilent { get; set; }

    /// <summary>Messages ever allowed, and messages ever sent, as totals, so that a repeated word adds nothing.</summary>
    public long Granted { get; set; }

    public long Sent { get; set; }

    public SequenceSet Held { get; } = new();

    public bool HasRoom => Held.Count < maxHeld;

    /// <summary>It is the owner's: nothing newer overtakes what comes back to it from earlier owners.</summary>
    public bool IsOwners { get; set; }

    public override bool Wants => IsAttached && !IsSilent && Sent < Granted && HasRoom
        && !(IsOwners && View.IsHandingOver);
}
