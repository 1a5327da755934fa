namespace Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;

/// <summary>UNSUBACK (MQTT 5.0 §3.11).</summary>
/// <param name="Reasons">One per filter, in order; not sent before 5.0.</param>
public readonly record struct MqttUnsubAck(
    ushort PacketId, IReadOnlyList<MqttReason> Reasons, MqttProperties Properties) : IMqttPacket<MqttUnsubAck>
{
    public byte Flags => 0;

    public MqttPacketType PacketType => MqttPacketType.UnsubAck;

    public static MqttUnsubAck Read(in MqttFrame frame, MqttVersion version)
    {
        var reader = new MqttFieldReader(frame.Span);
        ushort id = reader.PacketId();
        if (version != MqttVersion.V5)
        {
            reader.End();
            return new MqttUnsubAck(id, [], MqttProperties.None);
        }
        MqttProperties properties = MqttProperties.Read(ref reader, MqttPropertyPlace.Ack);
        var reasons = new List<MqttReason>();
        while (!reader.IsAtEnd)
            reasons.Add((MqttReason)reader.Byte());
        return new MqttUnsubAck(id, reasons, properties);
    }

    public void Write(MqttFieldWriter output, MqttVersion version)
    {
        output.Short(PacketId);
        if (version != MqttVersion.V5)
            return;
        Properties.Write(output);
        foreach (MqttReason reason in Reasons)
            output.Byte((byte)reason);
    }
}
