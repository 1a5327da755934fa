using Cmq.MultiProtocol.Adapters.RocketMq.State;
using Cmq.MultiProtocol.Connections;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Connection;

/// <summary>What other threads have for a conversation, in the order in which it came. Bounded by the
/// publishes and requests that the conversation has under way.</summary>
internal sealed class RocketMqInbox(Wake wake) : IGroupMemberSink, IRocketMqTurns
{
    private readonly Lock _lock = new();
    private List<Item> _filling = [];
    private List<Item> _draining = [];

    /// <summary>Why the node closes its clients; null: it does not.</summary>
    public string? ClosingReason { get; private set; }

    public void Published(ulong tag, PublishOutcome outcome) => Add(new Item(tag, outcome, null));

    public void GroupChanged(string group)
    {
        Add(new Item(0, default, group));
        wake.Signal();
    }

    /// <summary>Never: this door reads partitions and attaches to no queue.</summary>
    public void Delivered(Delivery delivery) => throw new NotSupportedException();

    /// <inheritdoc cref="Delivered"/>
    public void Cancelled(int consumer) => throw new NotSupportedException();

    public void Flush() => wake.Signal();

    /// <summary>The protocol has no word for it; publishes wait, and reading stops with them.</summary>
    public void Blocked(string? reason) => wake.Signal();

    public void Closing(string reason)
    {
        Post(() => ClosingReason ??= reason);
    }

    public void Post(Action turn)
    {
        Add(new Item(0, default, turn));
        wake.Signal();
    }

    /// <summary>Hands everything over to the conversation.</summary>
    /// <returns>False when there was nothing.</returns>
    public bool Drain(RocketMqConversation conversation)
    {
        lock (_lock)
            (_filling, _draining) = (_draining, _filling);
        if (_draining.Count == 0)
            return false;
        foreach (Item item in _draining)
        {
            if (item.Thing is null)
                conversation.Published(item.Tag, item.Outcome);
            else if (item.Thing is string group)
                conversation.GroupChanged(group);
            else
                ((Action)item.Thing)();
        }
        _draining.Clear();
        return true;
    }

    private void Add(in Item item)
    {
        lock (_lock)
            _filling.Add(item);
    }

    private readonly record struct Item(ulong Tag, PublishOutcome Outcome, object? Thing);
}
