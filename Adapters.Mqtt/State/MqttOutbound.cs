using System.Buffers;
using System.Text;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Mqtt.State;

/// <summary>
/// Messages to the client: what waits, what is under way, and the handshakes of QoS 1 and 2 (MQTT 5.0 §4.3). A message
/// of the session's own queue has a packet id that follows from its number in the queue, so that a repetition after a
/// crash has the same one; other ids belong to the connection.
/// </summary>
internal sealed class MqttOutbound(MqttLink link, MqttTopicAliases aliases, int window, IMqttTasks tasks)
{
    /// <summary>Packet ids from 1 on that are the session's own queue's; the rest is for everything else.</summary>
    private const int OwnIds = 49_151;

    // Most connections are idle and have none of these.
    private Dictionary<ushort, MqttInFlight>? _inFlight;
    private Queue<Releasing>? _releasing;
    private List<long>? _completed;
    private bool _isForgetting;
    private Queue<MqttOutgoing>? _waiting;
    private Queue<MqttOutgoing>? _light;
    private long _waitingBytes;
    private long _lightBytes;
    private ushort _lastId = OwnIds;
    private TaskCompletionSource? _drained;

    public List<MqttConsumer> Consumers { get; } = [];

    private int InFlight => _inFlight?.Count ?? 0;

    /// <summary>Credit of every consumer: more would only wait here.</summary>
    public int Window => window;

    /// <summary>Takes up what an earlier connection left half done. The client has these messages: before the queue is
    /// consumed again they leave it, in case their settlement was lost with the connection.</summary>
    /// <param name="released">Numbers out of the session's record.</param>
    /// <param name="queue">The session's queue; null: it is not the one any more that the numbers are of.</param>
    public async ValueTask TakeUpAsync(IReadOnlyList<long> released, QueueInfo? queue)
    {
        foreach (long number in released)
        {
            (_inFlight ??= [])[IdOf(number)] = new MqttInFlight(
                null, 0, MqttQoS.ExactlyOnce, MqttInFlightStage.Released, number);
        }
        long[] own = [.. released.Where(number => number >= 0)];
        if (queue is not null && own.Length > 0)
        {
            (await link.Ask(link.Broker.SettleForGoodAsync(queue.Id, own, link.Stopping)))
                .ThrowIfFailed("messages that the client has");
        }
    }

    /// <summary>PUBREL again (§4.4), behind CONNACK.</summary>
    public void RepeatReleases(IReadOnlyList<long> released)
    {
        foreach (long number in released)
            link.Writer.Packet(new MqttAck(MqttPacketType.PubRel, IdOf(number)));
    }

    /// <summary>A message of a queue.</summary>
    public void Delivered(Delivery delivery)
    {
        MqttConsumer? consumer = Consumers.Find(item => item.Number == delivery.Consumer);
        if (consumer is null)
        {
            link.Settles.Add(delivery.Queue, delivery.Sequence, SettleOutcome.Returned);
            return;
        }
        MqttIncoming incoming = MqttIncoming.From(delivery.Message);
        MqttMatch match = incoming.Topic.Length == 0 ? default : Match(incoming, consumer);
        if (!match.IsMatch)
        {
            // Unsubscribed since, or a pattern of the core that takes more than the filter.
            Done(consumer, delivery.Sequence);
            return;
        }
        Enqueue(new MqttOutgoing(delivery.Message, incoming.Topic, Least(incoming.QoS, match.QoS),
            incoming.IsRetained || (incoming.Retain && match.RetainAsPublished), match.Identifiers, consumer,
            delivery.Sequence, delivery.Redelivered));
    }

    /// <summary>A message heard in memory.</summary>
    public void Heard(in MqttIncoming incoming, string? shareGroup, string? pattern)
    {
        if (incoming.Topic.Length == 0)
            return;
        StoredMessage message = incoming.Message;
        MqttMatch match = shareGroup is null
            ? link.Subscriptions.Match(incoming.Topic, incoming.IsFrom(link.ClientIdBytes.Span))
            : MatchShared(incoming.Topic, shareGroup, pattern);
        // What a persistent session's queue has, too, is delivered from there.
        bool comesByQueue = link.IsPersistent && message.Persistent && match.QoS > MqttQoS.AtMostOnce;
        if (!match.IsMatch || (comesByQueue && shareGroup is null))
            return;
        Enqueue(new MqttOutgoing(message, incoming.Topic, Least(incoming.QoS, match.QoS),
            incoming.Retain && match.RetainAsPublished, match.Identifiers));
    }

    /// <summary>A retained message for a new subscription; ask <see cref="HasRoomForRetained"/> before.</summary>
    public void Retained(in MqttIncoming incoming, MqttSubscription subscription) =>
        Enqueue(new MqttOutgoing(incoming.Message, incoming.Topic, Least(incoming.QoS, subscription.QoS), Retain: true,
            subscription.Identifier is { } identifier ? [identifier] : []), mayDrop: false);

    /// <summary>Half of what may wait in memory is left to messages that are published now.</summary>
    public bool HasRoomForRetained(in MqttIncoming incoming, MqttSubscription subscription) =>
        Least(incoming.QoS, subscription.QoS) == MqttQoS.AtMostOnce
            ? _lightBytes < link.Options.MaxQueuedQoS0Bytes / 2
            : _waitingBytes < link.Options.MaxQueuedBytes / 2;

    /// <summary>Done when something that waited in memory has gone out.</summary>
    public Task DrainedAsync() => (_drained ??= new TaskCompletionSource()).Task;

    /// <summary>A figure of the node.</summary>
    public void Figure(string topic, string text, bool retain, MqttSubscription subscription)
    {
        var message = new StoredMessage(link.Topic.Name, MqttTopics.ToKey(topic), [], PropertyFormat.Mqtt,
            new MqttPropertyBlock(0, retain, default, default).ToArray(),
            new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(text)), PublishedMs: 0, null, 0, false, null);
        Enqueue(new MqttOutgoing(message, topic, MqttQoS.AtMostOnce, retain,
            subscription.Identifier is { } identifier ? [identifier] : []));
    }

    /// <summary>Writes what may go out.</summary>
    /// <param name="nowMs">Unix ms.</param>
    public void Pump(long nowMs)
    {
        long before = _lightBytes + _waitingBytes;
        while (_light is { Count: > 0 } && link.Turns.HasRoom)
        {
            MqttOutgoing item = _light.Dequeue();
            if (item.Consumer is null)
                _lightBytes -= item.Bytes;
            Write(item, 0, nowMs);
            if (item.Consumer is not null)
                Done(item.Consumer, item.Sequence);
        }
        while (_waiting is { Count: > 0 } && InFlight < window && link.Turns.HasRoom)
        {
            // An id that a client does not give back for 49,151 messages holds the ones behind it up.
            if (!TryTakeId(_waiting.Peek(), out ushort id))
                break;
            MqttOutgoing item = _waiting.Dequeue();
            if (item.Consumer is null)
                _waitingBytes -= item.Bytes;
            if (Write(item, id, nowMs))
            {
                long? number = item.Consumer?.Number == MqttConsumer.Own ? item.Sequence : null;
                (_inFlight ??= []).Add(id, new MqttInFlight(
                    item.Consumer, item.Sequence, item.QoS, MqttInFlightStage.Published, number));
            }
            else if (item.Consumer is not null)
            {
                Done(item.Consumer, item.Sequence);
            }
        }
        if (_drained is { } drained && _lightBytes + _waitingBytes < before)
        {
            _drained = null;
            drained.SetResult();
        }
        // An idle connection keeps no memory.
        if (_inFlight is { Count: 0 })
            _inFlight = null;
        if (_light is { Count: 0 })
            _light = null;
        if (_waiting is { Count: 0 })
            _waiting = null;
    }

    /// <summary>Gives credit back for what is done with.</summary>
    public void PayCredit()
    {
        foreach (MqttConsumer consumer in Consumers)
        {
            if (consumer.Owed == 0)
                continue;
            link.Broker.AddCredit(consumer.Number, consumer.Owed);
            consumer.Owed = 0;
        }
    }

    public void PubAck(in MqttAck packet)
    {
        if (!TryFind(packet.PacketId, MqttQoS.AtLeastOnce, out MqttInFlight found))
            return;
        Finish(packet.PacketId, found);
    }

    public void PubRec(in MqttAck packet)
    {
        if (!TryFind(packet.PacketId, MqttQoS.ExactlyOnce, out MqttInFlight found))
        {
            link.Writer.Packet(new MqttAck(
                MqttPacketType.PubRel, packet.PacketId, MqttReason.PacketIdNotFound));
            return;
        }
        if (found.Stage == MqttInFlightStage.Released)
            link.Writer.Packet(new MqttAck(MqttPacketType.PubRel, packet.PacketId));
        if (found.Stage != MqttInFlightStage.Published)
            return;
        // An error ends the exchange as an acknowledgement would: the client does not want it again.
        if (packet.Reason >= MqttReason.Unspecified)
        {
            Finish(packet.PacketId, found);
            return;
        }
        if (!link.IsPersistent)
        {
            Release(packet.PacketId, found);
            return;
        }
        // Ids of the connection are recorded as such, so that the handshake can be ended on another one.
        found = found with { Stage = MqttInFlightStage.Recording, Number = found.Number ?? -packet.PacketId };
        _inFlight![packet.PacketId] = found;
        var releasing = new Releasing(packet.PacketId, found);
        (_releasing ??= []).Enqueue(releasing);
        tasks.Run(RecordAsync(releasing));
    }

    public void PubComp(in MqttAck packet)
    {
        if (!TryFind(packet.PacketId, MqttQoS.ExactlyOnce, out MqttInFlight found)
            || found.Stage != MqttInFlightStage.Released)
        {
            return;
        }
        _inFlight!.Remove(packet.PacketId);
        if (!link.IsPersistent || found.Number is not { } number)
            return;
        // What was taken up has left its queue before.
        if (found.Consumer?.Number != MqttConsumer.Own)
        {
            link.Session.ForgetReleased(number);
            return;
        }
        (_completed ??= []).Add(number);
        if (!_isForgetting)
            tasks.Run(ForgetAsync());
    }

    /// <summary>Everything that is not settled goes back to its queue.</summary>
    public void ReturnAll()
    {
        foreach (MqttOutgoing item in _waiting ?? [])
            Return(item.Consumer, item.Sequence);
        foreach (MqttOutgoing item in _light ?? [])
            Return(item.Consumer, item.Sequence);
        foreach (MqttInFlight item in (IEnumerable<MqttInFlight>?)_inFlight?.Values ?? [])
        {
            if (item.Stage == MqttInFlightStage.Published)
                Return(item.Consumer, item.Sequence);
        }
        _waiting = _light = null;
        _inFlight = null;
        link.Settles.Flush();
    }

    private static MqttQoS Least(MqttQoS one, MqttQoS other) => one < other ? one : other;

    private static ushort IdOf(long number) =>
        number < 0 ? (ushort)-number : (ushort)((number % OwnIds) + 1);

    private void Return(MqttConsumer? consumer, long sequence)
    {
        if (consumer is not null)
            link.Settles.Add(consumer.Queue, sequence, SettleOutcome.Returned);
    }

    private MqttMatch Match(in MqttIncoming incoming, MqttConsumer consumer) => consumer.Shared is { } shared
        ? MatchShared(incoming.Topic, item => item.Text == shared)
        : link.Subscriptions.Match(incoming.Topic, incoming.IsFrom(link.ClientIdBytes.Span));

    private MqttMatch MatchShared(string topic, string group, string? pattern) =>
        MatchShared(topic, item => item.Shared!.Group == group && item.Pattern == pattern);

    private MqttMatch MatchShared(string topic, Func<MqttSubscription, bool> which)
    {
        foreach (MqttSubscription item in link.Subscriptions.All)
        {
            if (item.Shared is not null && which(item) && MqttTopics.Matches(item.Filter, topic))
            {
                return new MqttMatch(true, item.QoS, item.RetainAsPublished,
                    item.Identifier is { } identifier ? [identifier] : []);
            }
        }
        return default;
    }

    /// <param name="item">The message.</param>
    /// <param name="mayDrop">False: bounded by who asks.</param>
    private void Enqueue(in MqttOutgoing item, bool mayDrop = true)
    {
        bool isLight = item.QoS == MqttQoS.AtMostOnce;
        // What came by credit is bounded by it.
        if (item.Consumer is null)
        {
            long waiting = isLight ? _lightBytes : _waitingBytes;
            int most = isLight ? link.Options.MaxQueuedQoS0Bytes : link.Options.MaxQueuedBytes;
            if (mayDrop && waiting > 0 && waiting + item.Bytes > most)
            {
                link.Node.Figures.PublishDropped();
                return;
            }
            if (isLight)
                _lightBytes += item.Bytes;
            else
                _waitingBytes += item.Bytes;
        }
        if (isLight)
            (_light ??= []).Enqueue(item);
        else
            (_waiting ??= []).Enqueue(item);
    }

    private bool TryTakeId(in MqttOutgoing item, out ushort id)
    {
        if (item.Consumer?.Number == MqttConsumer.Own)
        {
            id = IdOf(item.Sequence);
            return _inFlight?.ContainsKey(id) != true;
        }
        // The window is far smaller than the range, so one is free.
        do
        {
            _lastId = _lastId == ushort.MaxValue ? (ushort)(OwnIds + 1) : (ushort)(_lastId + 1);
        }
        while (_inFlight?.ContainsKey(_lastId) == true);
        id = _lastId;
        return true;
    }

    /// <returns>False: nothing was written, it has expired or is too large for the client.</returns>
    private bool Write(in MqttOutgoing item, ushort id, long nowMs)
    {
        long? left = MqttIncoming.SecondsLeft(item.Message, nowMs);
        if (left <= 0)
            return false;
        (string topic, ushort? alias) = (item.Topic, null);
        MqttMessageProperties properties = MqttMessageProperties.None;
        ReadOnlySequence<byte> payload;
        if (link.Version == MqttVersion.V5)
        {
            (topic, alias) = aliases.Shorten(item.Topic);
            properties = new MqttMessageProperties
            {
                Forwarded = MqttIncoming.Forwarded(item.Message, link.Node.Broker, out payload),
                ExpirySeconds = left is { } seconds ? (uint)Math.Min(seconds, uint.MaxValue) : null,
                TopicAlias = alias,
                SubscriptionIdentifiers = item.Identifiers,
            };
        }
        else
        {
            payload = MqttIncoming.Payload(item.Message, link.Node.Broker);
        }
        bool dup = item.Dup && item.QoS != MqttQoS.AtMostOnce;
        var packet = new MqttPublish(topic, item.QoS, dup, item.Retain, id, properties, payload);
        if (!link.Writer.Publish(packet))
        {
            link.Node.Figures.PublishDropped();
            return false;
        }
        if (alias is { } told)
            aliases.Sent(item.Topic, told);
        link.Node.Figures.PublishSent();
        return true;
    }

    private bool TryFind(ushort id, MqttQoS qos, out MqttInFlight found)
    {
        found = default;
        return _inFlight is not null && _inFlight.TryGetValue(id, out found) && found.QoS == qos;
    }

    private void Done(MqttConsumer consumer, long sequence)
    {
        link.Settles.Add(consumer.Queue, sequence, SettleOutcome.Done);
        consumer.Owed++;
    }

    private void Finish(ushort id, in MqttInFlight found)
    {
        _inFlight!.Remove(id);
        if (found.Consumer is { } consumer)
            Done(consumer, found.Sequence);
    }

    /// <summary>PUBREL goes out in the order of PUBREC (§4.6), whatever the order of the answers.</summary>
    private async Task RecordAsync(Releasing releasing)
    {
        Reply reply = await link.Ask(link.Session.RecordReleasedAsync(releasing.InFlight.Number!.Value, link.Stopping));
        reply.ThrowIfFailed("record of a release");
        releasing.IsRecorded = true;
        while (_inFlight is not null && _releasing!.TryPeek(out Releasing? head) && head.IsRecorded)
        {
            _releasing.Dequeue();
            Release(head.Id, head.InFlight);
        }
    }

    private void Release(ushort id, in MqttInFlight found)
    {
        if (found.Consumer is { } consumer)
            Done(consumer, found.Sequence);
        _inFlight![id] = found with { Stage = MqttInFlightStage.Released };
        link.Writer.Packet(new MqttAck(MqttPacketType.PubRel, id));
    }

    /// <summary>The record of a release goes only after its message: the session and its queue may be in different
    /// groups, and a settlement under way is lost with the node.</summary>
    private async Task ForgetAsync()
    {
        _isForgetting = true;
        // What is completed meanwhile goes along next.
        while (_completed is { } completed && link.Queue is { } queue)
        {
            _completed = null;
            Reply reply = await link.Ask(link.Broker.SettleForGoodAsync(queue.Id, completed, link.Stopping));
            // Where that is uncertain the records stay for the next connection.
            if (reply is not (Reply.Ok or Reply.QueueNotFound or Reply.Gone))
                continue;
            foreach (long number in completed)
                link.Session.ForgetReleased(number);
        }
        _isForgetting = false;
    }

    private sealed class Releasing(ushort id, MqttInFlight inFlight)
    {
        public ushort Id => id;

        public MqttInFlight InFlight => inFlight;

        public bool IsRecorded { get; set; }
    }
}
