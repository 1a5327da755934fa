namespace Cmq.MultiProtocol.Adapters.Mqtt.State;

/// <summary>How far the handshake of a message to a client is.</summary>
internal enum MqttInFlightStage : byte
{
    /// <summary>PUBLISH was sent.</summary>
    Published,

    /// <summary>PUBREC came; its record is being made durable.</summary>
    Recording,

    /// <summary>PUBREL was sent.</summary>
    Released,
}
