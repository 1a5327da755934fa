namespace Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;

/// <summary>SUBACK (MQTT 5.0 §3.9).</summary>
/// <param name="Reasons">One per filter, in order; every failure is 0x80 before 5.0.</param>
public readonly record struct MqttSubAck(
    ushort PacketId, IReadOnlyList<MqttReason> Reasons, MqttProperties Properties) : IMqttPacket<MqttSubAck>
{
    public byte Flags => 0;

    public MqttPacketType PacketType => MqttPacketType.SubAck;

    public static MqttSubAck Read(in MqttFrame frame, MqttVersion version)
    {
        var reader = new MqttFieldReader(frame.Span);
        ushort id = reader.PacketId();
        MqttProperties properties = version == MqttVersion.V5
            ? MqttProperties.Read(ref reader, MqttPropertyPlace.Ack)
            : MqttProperties.None;
        var reasons = new List<MqttReason>();
        while (!reader.IsAtEnd)
            reasons.Add((MqttReason)reader.Byte());
        return new MqttSubAck(id, reasons, properties);
    }

    public void Write(MqttFieldWriter output, MqttVersion version)
    {
        output.Short(PacketId);
        if (version == MqttVersion.V5)
            Properties.Write(output);
        foreach (MqttReason reason in Reasons)
        {
            bool known = version == MqttVersion.V5 || reason < MqttReason.Unspecified;
            output.Byte((byte)(known ? reason : MqttReason.Unspecified));
        }
    }
}
