namespace Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;

/// <summary>SUBSCRIBE (MQTT 5.0 §3.8).</summary>
/// <param name="Properties">With the subscription identifier of all filters; empty before 5.0.</param>
public readonly record struct MqttSubscribe(
    ushort PacketId, IReadOnlyList<MqttFilter> Filters, MqttProperties Properties) : IMqttPacket<MqttSubscribe>
{
    public byte Flags => 0x02;

    public MqttPacketType PacketType => MqttPacketType.Subscribe;

    /// <exception cref="MqttProtocolException">0x81: malformed or reserved bits. 0x82: no filter, retain handling 3,
    /// packet identifier 0.</exception>
    public static MqttSubscribe Read(in MqttFrame frame, MqttVersion version)
    {
        var reader = new MqttFieldReader(frame.Span);
        ushort id = reader.PacketId();
        MqttProperties properties = version == MqttVersion.V5
            ? MqttProperties.Read(ref reader, MqttPropertyPlace.Subscribe)
            : MqttProperties.None;
        if (reader.IsAtEnd)
            throw MqttProtocolException.Broken("SUBSCRIBE without a filter");
        var filters = new List<MqttFilter>(1);
        while (!reader.IsAtEnd)
            filters.Add(MqttFilter.Read(ref reader, version));
        return new MqttSubscribe(id, filters, properties);
    }

    public void Write(MqttFieldWriter output, MqttVersion version)
    {
        output.Short(PacketId);
        if (version == MqttVersion.V5)
            Properties.Write(output);
        foreach (MqttFilter filter in Filters)
            filter.Write(output);
    }
}
