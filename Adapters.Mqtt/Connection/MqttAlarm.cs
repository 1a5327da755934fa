namespace Cmq.MultiProtocol.Adapters.Mqtt.Connection;

/// <summary>Whoever has a place in a <see cref="MqttWheel"/>, whose fields these are.</summary>
internal abstract class MqttAlarm
{
    public MqttAlarm? Next { get; set; }

    public MqttAlarm? Previous { get; set; }

    public long Step { get; set; }

    public bool IsSet { get; set; }

    /// <summary>Called on a timer's thread; only wakes somebody.</summary>
    public abstract void Ring();
}
