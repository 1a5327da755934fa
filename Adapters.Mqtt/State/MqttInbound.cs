using System.Buffers;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Mqtt.State;

/// <summary>Messages from the client: routing them, and the handshakes of QoS 1 and 2 (MQTT 5.0 §4.3).</summary>
internal sealed class MqttInbound(MqttLink link, MqttTopicAliases aliases, IMqttTasks tasks)
{
    /// <summary>Tag of publishes that nobody waits for.</summary>
    private const ulong NoTag = 0;

    private readonly MqttAckWindow _acks = new();

    // Most connections are idle, or have no QoS 2 message under way.
    private MqttTopicCache? _topics;
    private Dictionary<ushort, Stage>? _exactlyOnce;
    private Queue<Recording>? _recordings;

    /// <summary>How many are <see cref="Stage.Stored"/>: those that <see cref="_acks"/> no longer has.</summary>
    private int _stored;

    private enum Stage : byte
    {
        /// <summary>PUBREC has not been sent.</summary>
        Storing,

        /// <summary>PUBREC was sent.</summary>
        Stored,

        /// <summary>Known from an earlier connection: the message itself may have been lost on its way.</summary>
        Known,

        /// <summary>PUBREL came, PUBCOMP has not been sent.</summary>
        Forgetting,
    }

    /// <summary>Publishes handed to the core so far.</summary>
    public long Publishes { get; private set; }

    /// <summary>Not answered by PUBACK or PUBREC yet.</summary>
    public int Unanswered => _acks.Count;

    /// <summary>Under way, as <see cref="MqttOptions.ReceiveMaximum"/> counts (§4.9). What an earlier connection left
    /// counts once it is sent again: the client begins with its whole quota.</summary>
    private int UnderWay => _acks.Count + _stored;

    /// <summary>Takes up the ids that an earlier connection left.</summary>
    public void Resume(IReadOnlyList<KeyValuePair<int, long>> inbound)
    {
        foreach ((int id, _) in inbound)
            (_exactlyOnce ??= []).Add((ushort)id, Stage.Known);
    }

    /// <exception cref="MqttProtocolException">The connection closes with its reason.</exception>
    public void Publish(in MqttFrame frame)
    {
        MqttPublish packet = MqttPublish.Read(
            frame, link.Version, _topics ??= new MqttTopicCache(), isFromClient: true);
        string topic = aliases.Resolve(packet.Topic, packet.Properties.TopicAlias);
        link.Node.Figures.PublishReceived();
        if (packet.QoS == MqttQoS.ExactlyOnce && IsRepeated(packet.PacketId))
            return;
        if (packet.QoS != MqttQoS.AtMostOnce && link.Version == MqttVersion.V5
            && UnderWay >= link.Options.ReceiveMaximum)
        {
            throw new MqttProtocolException(MqttReason.ReceiveMaximumExceeded, "more PUBLISH than the receive maximum");
        }

        MqttReason refusal = packet.Properties.Forwarded.Length > link.Options.MaxPropertyBytes
            ? MqttReason.QuotaExceeded
            : Check(topic);
        Publication publication = refusal == MqttReason.Success ? Publication(packet, topic) : default;
        switch (packet.QoS)
        {
            case MqttQoS.AtMostOnce:
                if (refusal != MqttReason.Success)
                    throw new MqttProtocolException(refusal, $"PUBLISH to {topic}");
                Send(publication, NoTag);
                break;
            case MqttQoS.AtLeastOnce:
                Acknowledged(publication, _acks.Add(MqttPacketType.PubAck, packet.PacketId), refusal);
                break;
            default:
                (_exactlyOnce ??= [])[packet.PacketId] = Stage.Storing;
                ulong tag = _acks.Add(MqttPacketType.PubRec, packet.PacketId);
                if (link.IsPersistent && refusal == MqttReason.Success)
                    Record(publication, packet.PacketId, tag);
                else
                    Acknowledged(publication, tag, refusal);
                break;
        }
    }

    public void PubRel(in MqttAck packet)
    {
        if (_exactlyOnce is null || !_exactlyOnce.TryGetValue(packet.PacketId, out Stage stage))
        {
            link.Writer.Packet(new MqttAck(
                MqttPacketType.PubComp, packet.PacketId, MqttReason.PacketIdNotFound));
            return;
        }
        // The answer is on its way, or there is nothing yet to release.
        if (stage is Stage.Forgetting or Stage.Storing)
            return;
        if (stage == Stage.Stored)
            _stored--;
        if (!link.IsPersistent)
        {
            Complete(packet.PacketId);
            return;
        }
        _exactlyOnce[packet.PacketId] = Stage.Forgetting;
        tasks.Run(ForgetAsync(packet.PacketId));
    }

    /// <summary>The core has answered.</summary>
    public void Published(ulong tag, Reply reply)
    {
        if (tag != NoTag)
            _acks.Complete(tag, Outcome(reply));
    }

    /// <summary>Writes the acknowledgements that can go out.</summary>
    /// <exception cref="MqttProtocolException">Before MQTT 5.0 a refusal cannot be told; and what may have been stored
    /// was not refused: a session that outlives its connection has it once when the client sends it again.</exception>
    public void Acknowledge()
    {
        while (_acks.TryTake(out MqttPacketType type, out ushort id, out MqttReason reason))
        {
            bool isRefused = reason >= MqttReason.Unspecified;
            bool isUncertain = type == MqttPacketType.PubRec && link.IsPersistent
                && reason == MqttReason.ImplementationSpecific;
            if (isRefused && (isUncertain || link.Version != MqttVersion.V5))
                throw new MqttProtocolException(reason, $"PUBLISH {id} was not stored");
            if (type == MqttPacketType.PubRec && !isRefused)
            {
                _exactlyOnce![id] = Stage.Stored;
                _stored++;
            }
            else if (type == MqttPacketType.PubRec)
            {
                Refused(id);
            }
            link.Writer.Packet(new MqttAck(type, id, reason));
        }
        // An idle connection keeps no memory.
        if (_exactlyOnce is { Count: 0 })
            _exactlyOnce = null;
        if (_recordings is { Count: 0 })
            _recordings = null;
    }

    /// <summary>A QoS 2 message that came before is answered as before, and not published again.</summary>
    private bool IsRepeated(ushort id)
    {
        if (_exactlyOnce is null || !_exactlyOnce.TryGetValue(id, out Stage stage) || stage == Stage.Known)
            return false;
        if (stage == Stage.Stored)
            link.Writer.Packet(new MqttAck(MqttPacketType.PubRec, id));
        return true;
    }

    private MqttReason Check(string topic)
    {
        if (!MqttTopics.IsTopicName(topic))
            return MqttReason.TopicNameInvalid;
        bool isOurs = topic.StartsWith("$SYS/", StringComparison.Ordinal)
            || topic.StartsWith("$events/", StringComparison.Ordinal);
        return !isOurs && link.User.May(Access.Write, link.Namespace, link.Topic.Name)
            ? MqttReason.Success
            : MqttReason.NotAuthorized;
    }

    private Publication Publication(in MqttPublish packet, string topic) => MqttPublications.Of(
        link.Topic, link.ClientIdBytes, topic, packet.QoS, packet.Retain, packet.Properties, packet.Payload);

    private void Acknowledged(in Publication publication, ulong tag, MqttReason refusal)
    {
        if (refusal != MqttReason.Success)
            _acks.Complete(tag, refusal);
        else
            Send(publication, tag);
    }

    private void Send(in Publication publication, ulong tag)
    {
        Publishes++;
        PublishAdmission admission = link.Broker.Publish(publication, tag);
        if (tag == NoTag || admission == PublishAdmission.Accepted)
            return;
        _acks.Complete(tag, admission switch
        {
            PublishAdmission.Served => MqttReason.Success,
            PublishAdmission.Unroutable => MqttReason.NoMatchingSubscribers,
            PublishAdmission.Full => MqttErrors.From(Reply.Full),
            _ => MqttErrors.From(Reply.TooLarge),
        });
    }

    /// <summary>Gone: the queues were deleted meanwhile, and nobody else is there.</summary>
    private static MqttReason Outcome(Reply reply) => reply switch
    {
        Reply.Ok => MqttReason.Success,
        Reply.Gone => MqttReason.NoMatchingSubscribers,
        _ => MqttErrors.From(reply),
    };

    /// <summary>The session records the id first; then the message goes out under the number that makes it distinct.
    /// Messages go out in the order of their numbers.</summary>
    private void Record(in Publication publication, ushort id, ulong tag)
    {
        // The input is only borrowed.
        var owned = new ReadOnlySequence<byte>(publication.Body.ToArray());
        var recording = new Recording(publication with { Body = owned }, tag);
        (_recordings ??= []).Enqueue(recording);
        tasks.Run(RecordAsync(recording, id));
    }

    private async Task RecordAsync(Recording recording, ushort id)
    {
        (Reply reply, long number) = await link.Ask(link.Session.RecordInboundAsync(id, link.Stopping));
        if (reply == Reply.Gone)
            reply.ThrowIfFailed("record of a message");
        recording.Answer = (reply, number);
        while (_recordings is not null && _recordings.TryPeek(out Recording? head) && head.Answer is { } answer)
        {
            _recordings.Dequeue();
            if (answer.Reply == Reply.Ok)
                Send(head.Publication with { Producer = new ProducerNumber(link.Session.Id, answer.Number) }, head.Tag);
            else
                _acks.Complete(head.Tag, MqttErrors.From(answer.Reply));
        }
    }

    private void Refused(ushort id)
    {
        _exactlyOnce!.Remove(id);
        if (link.IsPersistent)
            tasks.Run(FreeAsync(id));
    }

    private async Task FreeAsync(ushort id) =>
        (await link.Ask(link.Session.ForgetInboundAsync(id, link.Stopping))).ThrowIfFailed("release of a refused message");

    private async Task ForgetAsync(ushort id)
    {
        Reply reply = await link.Ask(link.Session.ForgetInboundAsync(id, link.Stopping));
        reply.ThrowIfFailed("release of a message");
        Complete(id);
    }

    private void Complete(ushort id)
    {
        _exactlyOnce!.Remove(id);
        link.Writer.Packet(new MqttAck(MqttPacketType.PubComp, id));
    }

    private sealed class Recording(Publication publication, ulong tag)
    {
        public Publication Publication => publication;

        public ulong Tag => tag;

        public (Reply Reply, long Number)? Answer { get; set; }
    }
}
