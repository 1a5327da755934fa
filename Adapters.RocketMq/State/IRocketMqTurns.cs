namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>The loop that owns a conversation.</summary>
public interface IRocketMqTurns
{
    /// <summary>Runs it in a turn of the loop. Thread-safe.</summary>
    void Post(Action turn);
}
