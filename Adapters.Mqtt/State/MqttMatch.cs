using Cmq.MultiProtocol.Adapters.Mqtt.Codec;

namespace Cmq.MultiProtocol.Adapters.Mqtt.State;

/// <summary>What a session's subscriptions say of one topic together (MQTT 5.0 §3.3.4).</summary>
/// <param name="IsMatch">At least one matches.</param>
/// <param name="QoS">The highest granted.</param>
/// <param name="RetainAsPublished">One of them wants the flag as it was.</param>
/// <param name="Identifiers">Of all that match and have one.</param>
internal readonly record struct MqttMatch(
    bool IsMatch, MqttQoS QoS, bool RetainAsPublished, IReadOnlyList<int> Identifiers);
