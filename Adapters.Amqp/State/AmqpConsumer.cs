using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Amqp.State;

/// <summary>One consumer and its credit.</summary>
/// <param name="number">Its number in the connection, for the core.</param>
/// <param name="prefetch">Most unacknowledged deliveries; 0 = no limit.</param>
/// <param name="window">Most messages under way from the core, whatever the prefetch.</param>
internal sealed class AmqpConsumer(
    AmqpConsuming channel, int number, string tag, QueueInfo queue, bool noAck, int prefetch, int window)
{
    public AmqpConsuming Channel => channel;

    public int Number => number;

    public string Tag => tag;

    public QueueInfo Queue => queue;

    public bool NoAck => noAck;

    /// <summary>Consume-ok was written; before that deliveries wait in <see cref="Early"/>.</summary>
    public bool IsStarted { get; set; }

    /// <summary>Cancelled by the client: what still arrives goes back.</summary>
    public bool IsEnding { get; set; }

    /// <summary>It is in the list of those whose credit is looked at when the turn ends.</summary>
    public bool IsOwed { get; set; }

    public List<Delivery> Early { get; } = [];

    /// <summary>Credit that the core has and that no written delivery has used up.</summary>
    public int Outstanding { get; private set; }

    public int Unacked { get; private set; }

    /// <summary>Credit to attach with.</summary>
    public int FirstCredit()
    {
        Outstanding = Target();
        return Outstanding;
    }

    public void Written()
    {
        Outstanding--;
        if (!noAck)
            Unacked++;
    }

    public void Settled() => Unacked--;

    /// <summary>A delivery went back unwritten.</summary>
    public void GivenBack() => Outstanding--;

    /// <summary>Credit to add now; without a prefetch it waits until a quarter of the window is used
    /// up.</summary>
    public int TakeCredit()
    {
        int missing = Target() - Outstanding;
        bool limited = !noAck && (prefetch != 0 || channel.IsLimited);
        if (missing <= 0 || (!limited && missing < Math.Max(1, window / 4)))
            return 0;
        Outstanding += missing;
        return missing;
    }

    private int Target()
    {
        if (noAck)
            return window;
        int most = Math.Min(window, channel.Room);
        return prefetch == 0 ? most : Math.Min(most, prefetch - Unacked);
    }
}
