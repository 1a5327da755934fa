using System.Buffers;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;

/// <summary>PUBLISH (MQTT 5.0 §3.3).</summary>
/// <param name="Topic">"" where an alias stands for it.</param>
/// <param name="PacketId">0 with QoS 0.</param>
/// <param name="Payload">Borrows from the input.</param>
public readonly record struct MqttPublish(
    string Topic,
    MqttQoS QoS,
    bool Dup,
    bool Retain,
    ushort PacketId,
    MqttMessageProperties Properties,
    ReadOnlySequence<byte> Payload)
{
    private const int RetainFlag = 0x01;
    private const int DupFlag = 0x08;

    /// <param name="frame">A PUBLISH.</param>
    /// <param name="version">Agreed.</param>
    /// <param name="topics">Remembers repeated topics; null: none are.</param>
    /// <param name="isFromClient">Without subscription identifiers.</param>
    /// <exception cref="MqttProtocolException">0x81: malformed, QoS 3, DUP with QoS 0. 0x82: packet identifier 0, no
    /// topic, a client's subscription identifier. 0x90: wildcards in the topic.</exception>
    public static MqttPublish Read(
        in MqttFrame frame, MqttVersion version, MqttTopicCache? topics = null, bool isFromClient = false)
    {
        var qos = (MqttQoS)((frame.Flags >> 1) & 0x03);
        bool dup = (frame.Flags & DupFlag) != 0;
        if (qos > MqttQoS.ExactlyOnce || (dup && qos == MqttQoS.AtMostOnce))
            throw MqttProtocolException.Malformed($"PUBLISH with flags {frame.Flags:x}");

        ReadOnlySpan<byte> head = Head(frame.Body, qos, version);
        var reader = new MqttFieldReader(head);
        ReadOnlySpan<byte> topicBytes = reader.Take(reader.Short());
        string topic = topics is null ? MqttText.Decode(topicBytes) : topics.Get(topicBytes);
        ushort id = qos == MqttQoS.AtMostOnce ? (ushort)0 : reader.PacketId();
        MqttMessageProperties properties = version == MqttVersion.V5
            ? MqttMessageProperties.Read(ref reader, MqttPropertyPlace.Publish, isFromClient)
            : MqttMessageProperties.None;
        if (topic.Length == 0 && properties.TopicAlias is null)
            throw MqttProtocolException.Broken("PUBLISH without a topic");
        return new MqttPublish(topic, qos, dup, (frame.Flags & RetainFlag) != 0, id, properties,
            frame.Body.Slice(reader.Position));
    }

    /// <summary>Writes a whole packet.</summary>
    /// <param name="output">Where.</param>
    /// <param name="version">Agreed.</param>
    /// <param name="fields">A buffer for what stands before the payload.</param>
    /// <param name="maxPacketBytes">The receiver's limit.</param>
    /// <returns>False: it would be larger, and nothing was written.</returns>
    public bool TryWrite(IBufferWriter<byte> output, MqttVersion version, MqttFieldWriter fields, uint maxPacketBytes)
    {
        fields.Clear();
        fields.Text(Topic);
        if (QoS != MqttQoS.AtMostOnce)
            fields.Short(PacketId);
        if (version == MqttVersion.V5)
            WriteProperties(fields, Properties);
        long body = fields.Length + Payload.Length;
        if (body > MqttReader.MaxVariable || 1 + MqttFieldWriter.VariableBytes((int)body) + body > maxPacketBytes)
            return false;

        Span<byte> header = output.GetSpan(MqttFrame.MaxHeaderBytes + fields.Length);
        header[0] = (byte)(((int)MqttPacketType.Publish << 4) | (Dup ? DupFlag : 0) | ((int)QoS << 1)
            | (Retain ? RetainFlag : 0));
        int length = 1 + MqttFieldWriter.WriteVariable(header[1..], (int)body);
        fields.Written.CopyTo(header[length..]);
        output.Advance(length + fields.Length);
        MqttWriter.Payload(output, Payload);
        return true;
    }

    /// <summary>Writes a property block with its length.</summary>
    internal static void WriteProperties(MqttFieldWriter output, MqttMessageProperties properties)
    {
        int start = output.Length;
        output.Bytes(properties.Forwarded.Span);
        if (properties.ExpirySeconds is { } expiry)
        {
            output.Byte((byte)MqttPropertyId.MessageExpiry);
            output.Long(expiry);
        }
        if (properties.WillDelaySeconds is { } delay)
        {
            output.Byte((byte)MqttPropertyId.WillDelay);
            output.Long(delay);
        }
        if (properties.TopicAlias is { } alias)
        {
            output.Byte((byte)MqttPropertyId.TopicAlias);
            output.Short(alias);
        }
        foreach (int identifier in properties.SubscriptionIdentifiers)
        {
            output.Byte((byte)MqttPropertyId.SubscriptionIdentifier);
            output.Variable(identifier);
        }
        output.PrefixLength(start);
    }

    /// <summary>What stands before the payload, in one piece; the payload itself is never copied.</summary>
    private static ReadOnlySpan<byte> Head(in ReadOnlySequence<byte> body, MqttQoS qos, MqttVersion version)
    {
        if (body.IsSingleSegment)
            return body.FirstSpan;
        var reader = new SequenceReader<byte>(body);
        if (!reader.TryReadBigEndian(out short topic))
            throw MqttProtocolException.Malformed("the packet ends inside a field");
        long bytes = 2 + unchecked((ushort)topic) + (qos == MqttQoS.AtMostOnce ? 0 : 2);
        if (version == MqttVersion.V5)
        {
            // The length of the properties has up to four bytes, and may be cut off or malformed: then so is what we give,
            // and whoever reads it refuses what comes first, as if it had come in one piece.
            byte[] first = body.Slice(0, Math.Min(bytes + 4, body.Length)).ToArray();
            for (int at = (int)Math.Min(bytes, first.Length), shift = 0; at < first.Length; at++, shift += 7)
            {
                bytes += 1 + ((long)(first[at] & 0x7F) << shift);
                if ((first[at] & 0x80) == 0)
                    break;
            }
        }
        return body.Slice(0, Math.Min(bytes, body.Length)).ToArray();
    }
}
