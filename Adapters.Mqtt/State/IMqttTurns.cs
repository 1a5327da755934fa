namespace Cmq.MultiProtocol.Adapters.Mqtt.State;

/// <summary>The loop that owns a conversation: what is posted runs on it, one after the other.</summary>
public interface IMqttTurns
{
    /// <summary>May be called from any thread.</summary>
    void Post(Action turn);
}
