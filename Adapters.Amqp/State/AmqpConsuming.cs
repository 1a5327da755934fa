using System.Buffers;
using Cmq.MultiProtocol.Adapters.Amqp.Codec;
using Cmq.MultiProtocol.Adapters.Amqp.Codec.Methods;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Amqp.State;

/// <summary>A channel's consumers, deliveries, acknowledgements and limits (checklist section 7).</summary>
internal sealed class AmqpConsuming(AmqpChannel channel, AmqpLink link)
{
    private const string DirectReplyTo = "amq.rabbitmq.reply-to";

    private readonly Dictionary<string, AmqpConsumer> _consumers = [];
    private readonly UnackedMessages _unacked = new();

    /// <summary>Arrived and not written: a full output or the channel's limit holds them back, in
    /// order.</summary>
    private readonly Queue<(AmqpConsumer Consumer, Delivery Delivery)> _waiting = [];

    /// <summary>The same for consumers without acknowledgement, which the channel's limit does not
    /// concern.</summary>
    private readonly Queue<(AmqpConsumer Consumer, Delivery Delivery)> _waitingSettled = [];
    private readonly List<UnackedMessages.Entry> _taken = [];
    private ulong _lastTag;
    private int _prefetchOfNext;
    private int _channelLimit;

    /// <summary>Unacknowledged deliveries to consumers; what was got does not count for the channel's
    /// limit.</summary>
    private int _delivered;
    private bool _isDeliverable;

    /// <summary>The channel as a whole may only hold so many unacknowledged messages.</summary>
    public bool IsLimited => _channelLimit != 0;

    /// <summary>Deliveries that the channel's limit allows now. A consumer asks for no more, so that what
    /// this channel may not deliver stays in its queue for others.</summary>
    public int Room => IsLimited ? Math.Max(0, _channelLimit - _delivered) : int.MaxValue;

    private bool IsAtLimit => Room == 0;

    public void Qos(in BasicQos method)
    {
        if (method.PrefetchSize != 0)
            throw new AmqpProtocolException(AmqpCode.NotImplemented, $"prefetch_size!=0 ({method.PrefetchSize})");
        // The other way round than on paper: "global" is the channel, else each consumer that starts from
        // now on.
        if (method.Global)
        {
            _channelLimit = method.PrefetchCount;
            OweAll();
        }
        else
        {
            _prefetchOfNext = method.PrefetchCount;
        }
        channel.Send(default(BasicQosOk));
        MarkDeliverable();
    }

    public async ValueTask ConsumeAsync(BasicConsume method)
    {
        if (method.Queue == DirectReplyTo)
            throw new AmqpProtocolException(AmqpCode.NotImplemented, "direct reply-to (amq.rabbitmq.reply-to)");
        if (_consumers.ContainsKey(method.ConsumerTag))
        {
            throw new AmqpProtocolException(
                AmqpCode.NotAllowed, $"attempt to reuse consumer tag '{method.ConsumerTag}'");
        }
        string name = channel.QueueName(method.Queue);
        link.Host.MayTouchQueue(Access.Read, name);
        QueueInfo queue = link.Host.Queue(name);
        string resource = link.Host.QueueText(name);
        string tag = method.ConsumerTag.Length > 0 ? method.ConsumerTag : "amq.ctag-" + link.NewName();
        int priority = Priority(method.Arguments, resource);

        var consumer = new AmqpConsumer(
            this, ++link.LastConsumer, tag, queue, method.NoAck, _prefetchOfNext, link.Options.DeliveryWindow);
        _consumers.Add(tag, consumer);
        link.Consumers.Add(consumer.Number, consumer);
        var options = new ConsumerOptions(priority, method.Exclusive, method.NoAck, consumer.FirstCredit());
        Reply reply;
        try
        {
            reply = await link.Ask(
                link.Broker.AttachAsync(queue.Id, consumer.Number, options, link.Stopping));
        }
        catch
        {
            Remove(consumer);
            throw;
        }
        if (reply != Reply.Ok)
        {
            Remove(consumer);
            throw new AmqpProtocolException(AmqpErrors.From(reply, resource));
        }
        // Its queue may have been deleted in the meantime; then it has been removed and told so.
        if (!method.NoWait)
            channel.Send(new BasicConsumeOk(tag));
        consumer.IsStarted = true;
        foreach (Delivery early in consumer.Early)
            Arrived(consumer, early);
        consumer.Early.Clear();
        if (!link.Consumers.ContainsKey(consumer.Number))
            NotifyCancelled(consumer);
    }

    public async ValueTask CancelAsync(BasicCancel method)
    {
        if (_consumers.TryGetValue(method.ConsumerTag, out AmqpConsumer? consumer))
            await link.Ask(EndAsync(consumer));
        if (!method.NoWait)
            channel.Send(new BasicCancelOk(method.ConsumerTag));
    }

    public async ValueTask GetAsync(BasicGet method)
    {
        string name = channel.QueueName(method.Queue);
        link.Host.MayTouchQueue(Access.Read, name);
        QueueInfo queue = link.Host.Queue(name);
        link.Settles.Flush();
        (Reply reply, Delivery? delivery, long ready) =
            await link.Ask(link.Broker.GetAsync(queue.Id, method.NoAck, link.Stopping));
        reply.ThrowIfFailed(link.Host.QueueText(name));
        if (delivery is null)
        {
            channel.Send(default(BasicGetEmpty));
            return;
        }
        ulong tag = ++_lastTag;
        if (!method.NoAck)
            _unacked.Add(tag, delivery.Queue, delivery.Sequence, consumer: null);
        StoredMessage message = delivery.Message;
        ReadOnlySpan<byte> properties = link.Mapping.Properties(delivery, out ReadOnlySequence<byte> body);
        channel.SendContent(
            new BasicGetOk(tag, delivery.Redelivered, AmqpMapping.Exchange(message),
                AmqpMapping.RoutingKey(message), (uint)Math.Clamp(ready, 0, uint.MaxValue)),
            properties, body);
    }

    public void Settle(ulong tag, bool multiple, SettleOutcome outcome)
    {
        _taken.Clear();
        if (!multiple)
        {
            if (!_unacked.TryTake(tag, out UnackedMessages.Entry entry))
                throw UnknownTag(tag);
            _taken.Add(entry);
        }
        else if (tag == 0)
        {
            _unacked.TakeAll(_taken);
        }
        else if (!_unacked.TryTakeUpTo(tag, _taken))
        {
            throw UnknownTag(tag);
        }
        SettleTaken(outcome);
    }

    /// <summary>Puts everything unacknowledged back, in order.</summary>
    public void Recover(bool requeue)
    {
        if (!requeue)
            throw new AmqpProtocolException(AmqpCode.NotImplemented, "requeue=false");
        _taken.Clear();
        _unacked.TakeAll(_taken);
        SettleTaken(SettleOutcome.Returned);
    }

    /// <summary>The core hands over a message.</summary>
    public void Arrived(AmqpConsumer consumer, Delivery delivery)
    {
        if (!consumer.IsStarted)
        {
            consumer.Early.Add(delivery);
            return;
        }
        (consumer.NoAck ? _waitingSettled : _waiting).Enqueue((consumer, delivery));
        MarkDeliverable();
    }

    /// <summary>Writes what waits, as long as <paramref name="hasRoom"/> and the channel's limit allow
    /// it.</summary>
    public void Deliver(Func<bool> hasRoom)
    {
        _isDeliverable = false;
        while (_waitingSettled.Count > 0 && hasRoom())
            Write(_waitingSettled.Dequeue());
        while (_waiting.Count > 0 && !IsAtLimit && hasRoom())
            Write(_waiting.Dequeue());
        MarkDeliverable();
    }

    /// <summary>The consumer's queue was deleted. Its unwritten messages went with it.</summary>
    public void Cancelled(AmqpConsumer consumer)
    {
        Drain(consumer);
        Remove(consumer);
        if (consumer.IsStarted && !consumer.IsEnding)
            NotifyCancelled(consumer);
    }

    /// <summary>The channel ends: no more deliveries, and everything that is held goes back in
    /// order.</summary>
    public async ValueTask EndAsync()
    {
        foreach (AmqpConsumer consumer in _consumers.Values.ToArray())
            await link.Ask(EndAsync(consumer));
        Recover(requeue: true);
        link.Settles.Flush();
    }

    private async ValueTask EndAsync(AmqpConsumer consumer)
    {
        consumer.IsEnding = true;
        link.Settles.Flush();
        await link.Ask(link.Broker.DetachAsync(consumer.Number, link.Stopping));
        Drain(consumer);
        Remove(consumer);
        link.Settles.Flush();
    }

    /// <summary>Gives back what is not written yet; without acknowledgement it is already settled and must go
    /// out.</summary>
    private void Drain(AmqpConsumer consumer)
    {
        Queue<(AmqpConsumer Consumer, Delivery Delivery)> waiting = consumer.NoAck ? _waitingSettled : _waiting;
        foreach (Delivery early in consumer.Early)
            waiting.Enqueue((consumer, early));
        consumer.Early.Clear();
        for (int left = waiting.Count; left > 0; left--)
        {
            (AmqpConsumer Consumer, Delivery Delivery) next = waiting.Dequeue();
            if (next.Consumer != consumer)
                waiting.Enqueue(next);
            else if (consumer.NoAck)
                Write(next);
            else
                GiveBack(consumer, next.Delivery);
        }
    }

    private void GiveBack(AmqpConsumer consumer, Delivery delivery)
    {
        link.Settles.Add(delivery.Queue, delivery.Sequence, SettleOutcome.Returned);
        consumer.GivenBack();
    }

    private void Write((AmqpConsumer Consumer, Delivery Delivery) next)
    {
        (AmqpConsumer consumer, Delivery delivery) = next;
        ulong tag = ++_lastTag;
        if (!consumer.NoAck)
        {
            _unacked.Add(tag, delivery.Queue, delivery.Sequence, consumer);
            _delivered++;
        }
        consumer.Written();
        Owe(consumer);
        StoredMessage message = delivery.Message;
        ReadOnlySpan<byte> properties = link.Mapping.Properties(delivery, out ReadOnlySequence<byte> body);
        channel.SendContent(
            new BasicDeliver(consumer.Tag, tag, delivery.Redelivered, AmqpMapping.Exchange(message),
                AmqpMapping.RoutingKey(message)),
            properties, body);
    }

    private void SettleTaken(SettleOutcome outcome)
    {
        foreach (UnackedMessages.Entry entry in _taken)
        {
            link.Settles.Add(entry.Queue, entry.Sequence, outcome);
            if (entry.Consumer is not { } consumer)
                continue;
            _delivered--;
            consumer.Settled();
            Owe(consumer);
        }
        if (IsLimited)
            OweAll();
        MarkDeliverable();
    }

    private void NotifyCancelled(AmqpConsumer consumer)
    {
        if (link.CancelNotify)
            channel.Send(new BasicCancel(consumer.Tag, NoWait: true));
    }

    private void Remove(AmqpConsumer consumer)
    {
        _consumers.Remove(consumer.Tag);
        link.Consumers.Remove(consumer.Number);
    }

    /// <summary>The channel's limit has room again, or is another one.</summary>
    private void OweAll()
    {
        foreach (AmqpConsumer consumer in _consumers.Values)
            Owe(consumer);
    }

    private void Owe(AmqpConsumer consumer)
    {
        if (consumer.IsOwed)
            return;
        consumer.IsOwed = true;
        link.Owed.Add(consumer);
    }

    private void MarkDeliverable()
    {
        if (_isDeliverable || (_waitingSettled.Count == 0 && (_waiting.Count == 0 || IsAtLimit)))
            return;
        _isDeliverable = true;
        link.Deliverable.Enqueue(this);
    }

    private static int Priority(AmqpTable arguments, string resource)
    {
        if (!arguments.TryGet("x-priority", out AmqpValue value))
            return 0;
        if (!value.IsInteger)
        {
            throw new AmqpProtocolException(AmqpCode.PreconditionFailed,
                $"invalid arg 'x-priority' for {resource}: {{unacceptable_type,{value.Type.Word}}}");
        }
        return (int)Math.Clamp(value.Number, int.MinValue, int.MaxValue);
    }

    private static AmqpProtocolException UnknownTag(ulong tag) =>
        new(AmqpCode.PreconditionFailed, $"unknown delivery tag {tag}");
}
