namespace Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;

/// <summary>CONNACK (MQTT 5.0 §3.2, 3.1.1 §3.2).</summary>
/// <param name="SessionPresent">Not sent to 3.1, whose byte is reserved.</param>
/// <param name="Reason">A return code of 3.1.1 is made of it for the earlier versions.</param>
public readonly record struct MqttConnAck(bool SessionPresent, MqttReason Reason, MqttProperties Properties)
    : IMqttPacket<MqttConnAck>
{
    public byte Flags => 0;

    public MqttPacketType PacketType => MqttPacketType.ConnAck;

    public static MqttConnAck Read(in MqttFrame frame, MqttVersion version)
    {
        var reader = new MqttFieldReader(frame.Span);
        byte flags = reader.Byte();
        if (flags > 1)
            throw MqttProtocolException.Malformed("reserved flags of CONNACK");
        byte code = reader.Byte();
        MqttProperties properties = version == MqttVersion.V5
            ? MqttProperties.Read(ref reader, MqttPropertyPlace.ConnAck)
            : MqttProperties.None;
        reader.End();
        return new(flags == 1, version == MqttVersion.V5 ? (MqttReason)code : MqttReturnCodes.Reason(code), properties);
    }

    public void Write(MqttFieldWriter output, MqttVersion version)
    {
        output.Byte(SessionPresent && version != MqttVersion.V31 ? (byte)1 : (byte)0);
        if (version != MqttVersion.V5)
        {
            output.Byte(MqttReturnCodes.Code(Reason));
            return;
        }
        output.Byte((byte)Reason);
        Properties.Write(output);
    }
}
