namespace Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;

/// <summary>DISCONNECT (MQTT 5.0 §3.14); before 5.0 only clients send it, without a reason.</summary>
public readonly record struct MqttDisconnect(MqttReason Reason, MqttProperties Properties)
    : IMqttPacket<MqttDisconnect>
{
    public byte Flags => 0;

    public MqttPacketType PacketType => MqttPacketType.Disconnect;

    public static MqttDisconnect Read(in MqttFrame frame, MqttVersion version)
    {
        var reader = new MqttFieldReader(frame.Span);
        MqttReason reason = MqttReason.Success;
        MqttProperties properties = MqttProperties.None;
        if (version == MqttVersion.V5 && !reader.IsAtEnd)
        {
            reason = (MqttReason)reader.Byte();
            if (!Enum.IsDefined(reason))
                throw MqttProtocolException.Broken($"reason {(byte)reason:x2} in DISCONNECT");
            if (!reader.IsAtEnd)
                properties = MqttProperties.Read(ref reader, MqttPropertyPlace.Disconnect);
        }
        reader.End();
        return new MqttDisconnect(reason, properties);
    }

    public void Write(MqttFieldWriter output, MqttVersion version)
    {
        if (version != MqttVersion.V5 || (Reason == MqttReason.Success && Properties == MqttProperties.None))
            return;
        output.Byte((byte)Reason);
        if (Properties != MqttProperties.None)
            Properties.Write(output);
    }
}
