using Cmq.MultiProtocol.Adapters.Amqp.State;
using Cmq.MultiProtocol.Connections;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Amqp.Connection;

/// <summary>What other threads have for a conversation, in the order in which it came. Bounded by the credit
/// that the conversation gives, the publishes it makes and the methods that it has under way.</summary>
internal sealed class AmqpInbox(Wake wake) : IConnectionSink, IAmqpTurns
{
    private readonly Lock _lock = new();
    private List<Item> _filling = [];
    private List<Item> _draining = [];

    private enum Kind : byte
    {
        Published,
        Delivered,
        Cancelled,
        Blocked,
        Closing,
        Turn,
    }

    public void Published(ulong tag, PublishOutcome outcome) => Add(new Item(Kind.Published, tag, outcome, null));

    public void Delivered(Delivery delivery) => Add(new Item(Kind.Delivered, 0, default, delivery));

    public void Cancelled(int consumer)
    {
        Add(new Item(Kind.Cancelled, (ulong)consumer, default, null));
        wake.Signal();
    }

    public void Flush() => wake.Signal();

    public void Blocked(string? reason)
    {
        Add(new Item(Kind.Blocked, 0, default, reason));
        wake.Signal();
    }

    public void Closing(string reason)
    {
        Add(new Item(Kind.Closing, 0, default, reason));
        wake.Signal();
    }

    public void Post(Action turn)
    {
        Add(new Item(Kind.Turn, 0, default, turn));
        wake.Signal();
    }

    /// <summary>Hands everything over to the conversation.</summary>
    /// <returns>False when there was nothing.</returns>
    public bool Drain(AmqpConversation conversation)
    {
        lock (_lock)
            (_filling, _draining) = (_draining, _filling);
        if (_draining.Count == 0)
            return false;
        foreach (Item item in _draining)
            Hand(conversation, item);
        _draining.Clear();
        return true;
    }

    private static void Hand(AmqpConversation conversation, in Item item)
    {
        switch (item.Kind)
        {
            case Kind.Published:
                conversation.Published(item.Number, item.Outcome);
                break;
            case Kind.Delivered:
                conversation.Delivered((Delivery)item.Thing!);
                break;
            case Kind.Cancelled:
                conversation.Cancelled((int)item.Number);
                break;
            case Kind.Blocked:
                conversation.Blocked((string?)item.Thing);
                break;
            case Kind.Closing:
                conversation.Close((string)item.Thing!);
                break;
            default:
                ((Action)item.Thing!)();
                break;
        }
    }

    private void Add(in Item item)
    {
        lock (_lock)
            _filling.Add(item);
    }

    private readonly record struct Item(Kind Kind, ulong Number, PublishOutcome Outcome, object? Thing);
}
