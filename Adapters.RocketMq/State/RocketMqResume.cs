using System.Runtime.CompilerServices;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>Awaits something and goes on in a turn of the loop that owns the conversation, so handlers read
/// straight down and need no lock.</summary>
internal readonly struct RocketMqResume<T>(ValueTask<T> task, IRocketMqTurns turns) : ICriticalNotifyCompletion
{
    private readonly ValueTaskAwaiter<T> _awaiter = task.GetAwaiter();

    public bool IsCompleted => _awaiter.IsCompleted;

    public RocketMqResume<T> GetAwaiter() => this;

    public T GetResult() => _awaiter.GetResult();

    public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

    public void UnsafeOnCompleted(Action continuation)
    {
        IRocketMqTurns loop = turns;
        task.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() => loop.Post(continuation));
    }
}
