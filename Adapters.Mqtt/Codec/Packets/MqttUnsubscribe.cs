namespace Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;

/// <summary>UNSUBSCRIBE (MQTT 5.0 §3.10).</summary>
public readonly record struct MqttUnsubscribe(
    ushort PacketId, IReadOnlyList<string> Filters, MqttProperties Properties) : IMqttPacket<MqttUnsubscribe>
{
    public byte Flags => 0x02;

    public MqttPacketType PacketType => MqttPacketType.Unsubscribe;

    /// <exception cref="MqttProtocolException">0x81: malformed. 0x82: no filter, packet identifier 0.</exception>
    public static MqttUnsubscribe Read(in MqttFrame frame, MqttVersion version)
    {
        var reader = new MqttFieldReader(frame.Span);
        ushort id = reader.PacketId();
        MqttProperties properties = version == MqttVersion.V5
            ? MqttProperties.Read(ref reader, MqttPropertyPlace.Unsubscribe)
            : MqttProperties.None;
        if (reader.IsAtEnd)
            throw MqttProtocolException.Broken("UNSUBSCRIBE without a filter");
        var filters = new List<string>(1);
        while (!reader.IsAtEnd)
            filters.Add(reader.Text());
        return new MqttUnsubscribe(id, filters, properties);
    }

    public void Write(MqttFieldWriter output, MqttVersion version)
    {
        output.Short(PacketId);
        if (version == MqttVersion.V5)
            Properties.Write(output);
        foreach (string filter in Filters)
            output.Text(filter);
    }
}
