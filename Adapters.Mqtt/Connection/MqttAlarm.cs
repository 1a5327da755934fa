namespace Cmq.MultiProtocol.Adapters.Mqtt.Connection;

/// <summary>A place in a <see cref="MqttWheel"/>, whose fields they are.</summary>
/// <param name="ring">Called on a timer's thread; only wakes somebody.</param>
internal sealed class MqttAlarm(Action ring)
{
    public MqttAlarm? Next { get; set; }

    public MqttAlarm? Previous { get; set; }

    public long Step { get; set; }

    public bool IsSet { get; set; }

    public void Ring() => ring();
}
