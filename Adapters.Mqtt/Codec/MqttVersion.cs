namespace Cmq.MultiProtocol.Adapters.Mqtt.Codec;

/// <summary>Protocol level of a CONNECT; the value goes on the wire.</summary>
public enum MqttVersion : byte
{
    V31 = 3,
    V311 = 4,
    V5 = 5,
}
