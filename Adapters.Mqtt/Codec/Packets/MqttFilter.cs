namespace Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;

/// <summary>One filter of a SUBSCRIBE with its options (MQTT 5.0 §3.8.3.1).</summary>
/// <param name="Text">As it was sent; its grammar is not checked here.</param>
/// <param name="NoLocal">False before 5.0, as are the others.</param>
public readonly record struct MqttFilter(
    string Text,
    MqttQoS QoS,
    bool NoLocal = false,
    bool RetainAsPublished = false,
    MqttRetainHandling RetainHandling = MqttRetainHandling.Send)
{
    private const int NoLocalBit = 0x04;
    private const int RetainAsPublishedBit = 0x08;
    private const int RetainHandlingShift = 4;

    /// <summary>The options in their encoding of 5.0.</summary>
    public byte Options => (byte)((int)QoS | (NoLocal ? NoLocalBit : 0) | (RetainAsPublished ? RetainAsPublishedBit : 0)
        | ((int)RetainHandling << RetainHandlingShift));

    internal static MqttFilter Read(ref MqttFieldReader reader, MqttVersion version) =>
        From(reader.Text(), reader.Byte(), version);

    /// <exception cref="MqttProtocolException">0x81: reserved bits, QoS 3. 0x82: retain handling 3.</exception>
    internal static MqttFilter From(string text, byte options, MqttVersion version)
    {
        var qos = (MqttQoS)(options & 0x03);
        int reserved = version == MqttVersion.V5 ? 0xC0 : 0xFC;
        if (qos > MqttQoS.ExactlyOnce || (options & reserved) != 0)
            throw MqttProtocolException.Malformed($"subscription options {options:x2}");
        var retain = (MqttRetainHandling)(options >> RetainHandlingShift);
        if (retain > MqttRetainHandling.DoNotSend)
            throw MqttProtocolException.Broken("retain handling 3");
        return new MqttFilter(
            text, qos, (options & NoLocalBit) != 0, (options & RetainAsPublishedBit) != 0, retain);
    }

    internal void Write(MqttFieldWriter output)
    {
        output.Text(Text);
        output.Byte(Options);
    }
}
