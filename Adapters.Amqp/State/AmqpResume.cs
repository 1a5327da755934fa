using System.Runtime.CompilerServices;

namespace Cmq.MultiProtocol.Adapters.Amqp.State;

/// <summary>Awaits something and goes on in a turn of the loop that owns the conversation, whatever thread it
/// completes on. Handlers therefore read straight down and need no lock; every await of this folder goes this
/// way.</summary>
internal readonly struct AmqpResume<T>(ValueTask<T> task, IAmqpTurns turns) : ICriticalNotifyCompletion
{
    private readonly ValueTaskAwaiter<T> _awaiter = task.GetAwaiter();

    public bool IsCompleted => _awaiter.IsCompleted;

    public AmqpResume<T> GetAwaiter() => this;

    public T GetResult() => _awaiter.GetResult();

    public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

    public void UnsafeOnCompleted(Action continuation)
    {
        IAmqpTurns loop = turns;
        task.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() => loop.Post(continuation));
    }
}

/// <inheritdoc cref="AmqpResume{T}"/>
internal readonly struct AmqpResume(ValueTask task, IAmqpTurns turns) : ICriticalNotifyCompletion
{
    private readonly ValueTaskAwaiter _awaiter = task.GetAwaiter();

    public bool IsCompleted => _awaiter.IsCompleted;

    public AmqpResume GetAwaiter() => this;

    public void GetResult() => _awaiter.GetResult();

    public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

    public void UnsafeOnCompleted(Action continuation)
    {
        IAmqpTurns loop = turns;
        task.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() => loop.Post(continuation));
    }
}
