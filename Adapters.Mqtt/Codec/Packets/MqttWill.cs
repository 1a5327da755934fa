namespace Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;

/// <summary>A will as CONNECT brings it (MQTT 5.0 §3.1.2.5).</summary>
public sealed record MqttWill(
    string Topic, ReadOnlyMemory<byte> Payload, MqttQoS QoS, bool Retain, MqttMessageProperties Properties);
