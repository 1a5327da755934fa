using System.Runtime.CompilerServices;

namespace Cmq.MultiProtocol.Adapters.Mqtt.State;

/// <summary>Awaits something and goes on in a turn of the loop that owns the conversation, whatever thread it
/// completes on: handlers read straight down and need no lock. Every await of this folder goes this way.</summary>
internal readonly struct MqttResume<T>(ValueTask<T> task, IMqttTurns turns) : ICriticalNotifyCompletion
{
    private readonly ValueTaskAwaiter<T> _awaiter = task.GetAwaiter();

    public bool IsCompleted => _awaiter.IsCompleted;

    public MqttResume<T> GetAwaiter() => this;

    public T GetResult() => _awaiter.GetResult();

    public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

    public void UnsafeOnCompleted(Action continuation)
    {
        IMqttTurns loop = turns;
        task.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() => loop.Post(continuation));
    }
}

/// <inheritdoc cref="MqttResume{T}"/>
internal readonly struct MqttResume(ValueTask task, IMqttTurns turns) : ICriticalNotifyCompletion
{
    private readonly ValueTaskAwaiter _awaiter = task.GetAwaiter();

    public bool IsCompleted => _awaiter.IsCompleted;

    public MqttResume GetAwaiter() => this;

    public void GetResult() => _awaiter.GetResult();

    public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

    public void UnsafeOnCompleted(Action continuation)
    {
        IMqttTurns loop = turns;
        task.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() => loop.Post(continuation));
    }
}
