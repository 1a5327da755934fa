namespace Cmq.MultiProtocol.Adapters.Mqtt.Codec;

/// <summary>The peer broke the specification; its connection closes with the reason (MQTT 5.0 §4.13).
/// </summary>
public sealed class MqttProtocolException(MqttReason reason, string explanation) : Exception(explanation)
{
    public MqttReason Reason => reason;

    public static MqttProtocolException Malformed(string explanation) => new(MqttReason.MalformedPacket, explanation);

    public static MqttProtocolException Broken(string explanation) => new(MqttReason.ProtocolError, explanation);
}
