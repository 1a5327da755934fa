using Cmq.MultiProtocol.Adapters.Mqtt.Codec;

namespace Cmq.MultiProtocol.Adapters.Mqtt.State;

/// <summary>A message under way to the client, by its packet id.</summary>
/// <param name="Consumer">Where it is settled; null: nowhere.</param>
/// <param name="Stage">How far its handshake is.</param>
/// <param name="Number">Under which its release is recorded in the session.</param>
internal readonly record struct MqttInFlight(
    MqttConsumer? Consumer, long Sequence, MqttQoS QoS, MqttInFlightStage Stage, long? Number);
