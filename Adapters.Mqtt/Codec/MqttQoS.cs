namespace Cmq.MultiProtocol.Adapters.Mqtt.Codec;

/// <summary>Quality of service (MQTT 5.0 §4.3); the value goes on the wire.</summary>
public enum MqttQoS : byte
{
    AtMostOnce = 0,
    AtLeastOnce = 1,
    ExactlyOnce = 2,
}
