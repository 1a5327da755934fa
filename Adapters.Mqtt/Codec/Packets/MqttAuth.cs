namespace Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;

/// <summary>AUTH (MQTT 5.0 §3.15).</summary>
public readonly record struct MqttAuth(MqttReason Reason, MqttProperties Properties) : IMqttPacket<MqttAuth>
{
    public byte Flags => 0;

    public MqttPacketType PacketType => MqttPacketType.Auth;

    /// <exception cref="MqttProtocolException">0x81: malformed. 0x82: another reason, data without a
    /// method.</exception>
    public static MqttAuth Read(in MqttFrame frame, MqttVersion version)
    {
        var reader = new MqttFieldReader(frame.Span);
        if (reader.IsAtEnd)
            return new MqttAuth(MqttReason.Success, MqttProperties.None);
        var reason = (MqttReason)reader.Byte();
        if (reason is not (MqttReason.Success or MqttReason.ContinueAuthentication or MqttReason.ReAuthenticate))
            throw MqttProtocolException.Broken($"reason {(byte)reason:x2} in AUTH");
        MqttProperties properties = reader.IsAtEnd
            ? MqttProperties.None
            : MqttProperties.Read(ref reader, MqttPropertyPlace.Auth);
        reader.End();
        return new MqttAuth(reason, properties);
    }

    public void Write(MqttFieldWriter output, MqttVersion version)
    {
        if (Reason == MqttReason.Success && Properties == MqttProperties.None)
            return;
        output.Byte((byte)Reason);
        Properties.Write(output);
    }
}
