namespace Cmq.MultiProtocol.Adapters.Mqtt.Codec;

/// <summary>Packets (and the will) that carry properties.</summary>
[Flags]
public enum MqttPropertyPlace
{
    None = 0,
    Connect = 1 << 0,
    ConnAck = 1 << 1,
    Publish = 1 << 2,
    Will = 1 << 3,

    /// <summary>PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK, UNSUBACK: all allow the same.</summary>
    Ack = 1 << 4,
    Subscribe = 1 << 5,
    Unsubscribe = 1 << 6,
    Disconnect = 1 << 7,
    Auth = 1 << 8,
}
