using Cmq.MultiProtocol.Adapters.Mqtt.Codec;

namespace Cmq.MultiProtocol.Adapters.Mqtt.State;

/// <summary>The loop that owns a conversation: what is posted runs on it, one after the other. One object and not a
/// delegate for each of these: a node has hundreds of thousands of connections that do nothing.</summary>
public interface IMqttTurns
{
    /// <summary>The output takes one more message.</summary>
    bool HasRoom { get; }

    /// <summary>May be called from any thread.</summary>
    void Post(Action turn);

    /// <summary>Told why the connection is refused or ended, unless the client ended it in good order.</summary>
    void Ended(MqttReason reason, string explanation);

    /// <summary>Told of what is our own fault.</summary>
    void Failed(Exception fault);
}
