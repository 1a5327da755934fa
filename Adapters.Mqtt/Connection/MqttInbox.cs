using System.Collections.Concurrent;
using Cmq.MultiProtocol.Adapters.Mqtt.State;
using Cmq.MultiProtocol.Connections;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Connection;

/// <summary>What other threads have for a conversation, in the order in which it came. Bounded by the credit that the
/// conversation gives, the publishes it makes, the methods it has under way, and, for what is only heard, by
/// bytes.</summary>
internal sealed class MqttInbox(Wake wake, MqttNode node) : ISubscriberSink
{
    /// <summary>Longer lists are not used again, items.</summary>
    private const int MaxSpareItems = 256;

    private const int MaxSpares = 256;

    /// <summary>Lists of connections that have nothing to do now: most have none.</summary>
    private static readonly ConcurrentQueue<List<Item>> Spares = new();

    private readonly Lock _lock = new();
    private List<Item>? _filling;
    private long _heardBytes;

    private enum Kind : byte
    {
        Published,
        Delivered,
        Heard,
        Cancelled,
        TakenOver,
        Closing,
        Turn,
    }

    public void Published(ulong tag, PublishOutcome outcome) => Add(new Item(Kind.Published, tag, outcome, null));

    public void Delivered(Delivery delivery) => Add(new Item(Kind.Delivered, 0, default, delivery));

    public void Heard(StoredMessage message, string? shareGroup, string? pattern)
    {
        object heard = MqttIncoming.Shared(message);
        long most = (long)node.Options.MaxQueuedBytes + node.Options.MaxQueuedQoS0Bytes;
        lock (_lock)
        {
            // The loop gets no turn: what it could not keep either is not kept here.
            if (_heardBytes > most)
            {
                node.Figures.PublishDropped();
                return;
            }
            _heardBytes += message.Body.Length + message.Properties.Length;
            Filling().Add(new Item(Kind.Heard, 0, default, heard, shareGroup, pattern));
        }
    }

    public void Cancelled(int consumer)
    {
        Add(new Item(Kind.Cancelled, (ulong)consumer, default, null));
        wake.Signal();
    }

    public void TakenOver(string session)
    {
        Add(new Item(Kind.TakenOver, 0, default, null));
        wake.Signal();
    }

    public void Flush()
    {
        if (!WakeList.TryAdd(wake))
            wake.Signal();
    }

    /// <summary>MQTT has no word for it; TCP holds the client back.</summary>
    public void Blocked(string? reason)
    {
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
    public bool Drain(MqttConversation conversation)
    {
        List<Item>? items;
        lock (_lock)
        {
            items = _filling;
            _filling = null;
            _heardBytes = 0;
        }
        if (items is null)
            return false;
        foreach (Item item in items)
            Hand(conversation, item);
        items.Clear();
        if (items.Capacity <= MaxSpareItems && Spares.Count < MaxSpares)
            Spares.Enqueue(items);
        return true;
    }

    private static void Hand(MqttConversation conversation, in Item item)
    {
        switch (item.Kind)
        {
            case Kind.Published:
                conversation.Published(item.Number, item.Outcome);
                break;
            case Kind.Delivered:
                conversation.Delivered((Delivery)item.Thing!);
                break;
            case Kind.Heard when item.Thing is MqttIncoming incoming:
                conversation.Heard(incoming, item.ShareGroup, item.Pattern);
                break;
            case Kind.Heard:
                conversation.Heard((StoredMessage)item.Thing!, item.ShareGroup, item.Pattern);
                break;
            case Kind.Cancelled:
                conversation.Cancelled((int)item.Number);
                break;
            case Kind.TakenOver:
                conversation.TakenOver();
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
            Filling().Add(item);
    }

    private List<Item> Filling() => _filling ??= Spares.TryDequeue(out List<Item>? spare) ? spare : [];

    private readonly record struct Item(
        Kind Kind,
        ulong Number,
        PublishOutcome Outcome,
        object? Thing,
        string? ShareGroup = null,
        string? Pattern = null);
}
