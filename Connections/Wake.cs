using System.Threading.Tasks.Sources;

namespace Cmq.MultiProtocol.Connections;

/// <summary>Wakes one waiting loop, from any thread, as often as one likes; a signal without a waiter is kept. Waiting
/// costs no memory, for which there is no class in the framework.</summary>
public sealed class Wake : IValueTaskSource
{
    private const int Idle = 0;
    private const int Signalled = 1;
    private const int Waiting = 2;

    private ManualResetValueTaskSourceCore<bool> _source;
    private int _state;

    /// <summary>The list that will signal it at the end of a turn; belongs to <see cref="WakeList"/>.</summary>
    internal WakeList? HeldBy { get; set; }

    /// <summary>From a thread that must not run the loop: one of the core, of a timer, of another loop.</summary>
    public void Signal() => Signal(runsHere: false);

    /// <summary>From a thread that has nothing else to do, such as the transport's completions: a waiting loop goes on
    /// right there.</summary>
    public void SignalHere() => Signal(runsHere: true);

    /// <summary>One waiter at a time.</summary>
    public ValueTask WaitAsync()
    {
        if (Interlocked.CompareExchange(ref _state, Idle, Signalled) == Signalled)
            return ValueTask.CompletedTask;
        _source.Reset();
        if (Interlocked.CompareExchange(ref _state, Waiting, Idle) == Idle)
            return new ValueTask(this, _source.Version);
        Interlocked.Exchange(ref _state, Idle);
        return ValueTask.CompletedTask;
    }

    /// <summary>Waits for the end of a conversation whose own tasks go on in turns: each signal until then gives them
    /// one.</summary>
    /// <exception cref="Exception">Whatever <paramref name="end"/> failed with.</exception>
    public async Task WaitForEndAsync(Task end, Action turn)
    {
        ArgumentNullException.ThrowIfNull(end);
        ArgumentNullException.ThrowIfNull(turn);
        end.GetAwaiter().UnsafeOnCompleted(Signal);
        while (!end.IsCompleted)
        {
            await WaitAsync().ConfigureAwait(false);
            turn();
        }
        await end.ConfigureAwait(false);
    }

    void IValueTaskSource.GetResult(short token)
    {
        _source.GetResult(token);
        Interlocked.Exchange(ref _state, Idle);
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private void Signal(bool runsHere)
    {
        if (Interlocked.Exchange(ref _state, Signalled) != Waiting)
            return;
        // Whoever finds it waiting is the only one who may touch the source now.
        _source.RunContinuationsAsynchronously = !runsHere;
        _source.SetResult(true);
    }
}
