namespace Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;

/// <summary>What a subscription does with retained messages (MQTT 5.0 §3.8.3.1); the value goes on the wire.
/// </summary>
public enum MqttRetainHandling : byte
{
    Send = 0,
    SendIfNew = 1,
    DoNotSend = 2,
}
