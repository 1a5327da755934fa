namespace Cmq.MultiProtocol.Benchmarks.MqttLoad;

public enum LoadMode
{
    /// <summary>Messages as fast as they arrive.</summary>
    Flow,

    /// <summary>Connections that do nothing, and what they cost the broker.</summary>
    Idle,
}
