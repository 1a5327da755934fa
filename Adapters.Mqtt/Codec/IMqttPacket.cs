namespace Cmq.MultiProtocol.Adapters.Mqtt.Codec;

/// <summary>A control packet that fits into one short buffer; PUBLISH, which may be large, has a shape of its own.
/// </summary>
public interface IMqttPacket<TSelf>
    where TSelf : IMqttPacket<TSelf>
{
    /// <summary>First byte on the wire but for the type.</summary>
    byte Flags { get; }

    MqttPacketType PacketType { get; }

    /// <exception cref="MqttProtocolException">The body is not what the specification says.</exception>
    static abstract TSelf Read(in MqttFrame frame, MqttVersion version);

    /// <summary>Writes the body.</summary>
    void Write(MqttFieldWriter output, MqttVersion version);
}
