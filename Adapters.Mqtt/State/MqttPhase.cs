namespace Cmq.MultiProtocol.Adapters.Mqtt.State;

/// <summary>Where a connection stands.</summary>
public enum MqttPhase
{
    /// <summary>Waiting for CONNECT.</summary>
    Connecting,

    /// <summary>CONNECT is being worked on.</summary>
    Opening,
    Running,

    /// <summary>The last packet is on its way; the socket closes.</summary>
    Closed,
}
