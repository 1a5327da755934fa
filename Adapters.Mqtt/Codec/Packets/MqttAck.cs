namespace Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;

/// <summary>PUBACK, PUBREC, PUBREL or PUBCOMP (MQTT 5.0 §3.4 to §3.7).</summary>
/// <param name="PacketType">Which of the four.</param>
/// <param name="Reason">Success before 5.0.</param>
public readonly record struct MqttAck(
    MqttPacketType PacketType, ushort PacketId, MqttReason Reason, MqttProperties Properties) : IMqttPacket<MqttAck>
{
    public MqttAck(MqttPacketType packetType, ushort packetId, MqttReason reason = MqttReason.Success)
        : this(packetType, packetId, reason, MqttProperties.None)
    {
    }

    public byte Flags => PacketType == MqttPacketType.PubRel ? (byte)0x02 : (byte)0;

    public static MqttAck Read(in MqttFrame frame, MqttVersion version)
    {
        var reader = new MqttFieldReader(frame.Span);
        ushort id = reader.PacketId();
        MqttReason reason = MqttReason.Success;
        MqttProperties properties = MqttProperties.None;
        if (version == MqttVersion.V5 && !reader.IsAtEnd)
        {
            reason = (MqttReason)reader.Byte();
            CheckReason(frame.Type, reason);
            if (!reader.IsAtEnd)
                properties = MqttProperties.Read(ref reader, MqttPropertyPlace.Ack);
        }
        reader.End();
        return new(frame.Type, id, reason, properties);
    }

    /// <summary>In the shortest form that says it all.</summary>
    public void Write(MqttFieldWriter output, MqttVersion version)
    {
        output.Short(PacketId);
        if (version != MqttVersion.V5 || (Reason == MqttReason.Success && Properties == MqttProperties.None))
            return;
        output.Byte((byte)Reason);
        if (Properties != MqttProperties.None)
            Properties.Write(output);
    }

    private static void CheckReason(MqttPacketType type, MqttReason reason)
    {
        bool good = type is MqttPacketType.PubRel or MqttPacketType.PubComp
            ? reason is MqttReason.Success or MqttReason.PacketIdNotFound
            : reason is MqttReason.Success or MqttReason.NoMatchingSubscribers or MqttReason.Unspecified
                or MqttReason.ImplementationSpecific or MqttReason.NotAuthorized or MqttReason.TopicNameInvalid
                or MqttReason.PacketIdInUse or MqttReason.QuotaExceeded or MqttReason.PayloadFormatInvalid;
        if (!good)
            throw MqttProtocolException.Broken($"reason {(byte)reason:x2} in {type}");
    }
}
