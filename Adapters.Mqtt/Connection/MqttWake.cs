using System.Threading.Tasks.Sources;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Connection;

/// <summary>Wakes one waiting loop, from any thread, as often as one likes; a signal without a waiter is
/// kept.
/// </summary>
internal sealed class MqttWake : IValueTaskSource
{
    private const int Idle = 0;
    private const int Signalled = 1;
    private const int Waiting = 2;

    private ManualResetValueTaskSourceCore<bool> _source;
    private int _state;

    /// <summary>The list that will signal it at the end of a turn; belongs to <see cref="MqttWakeList"/>.</summary>
    public MqttWakeList? HeldBy { get; set; }

    /// <summary>From a thread that must not run the loop: one of the core, of a timer, of another loop.</summary>
    public void Signal() => Signal(runsHere: false);

    /// <summary>From a thread that has nothing else to do, such as the transport's completions: a waiting loop goes on
    /// right there.</summary>
    public void SignalHere() => Signal(runsHere: true);

    private void Signal(bool runsHere)
    {
        if (Interlocked.Exchange(ref _state, Signalled) != Waiting)
            return;
        // Whoever finds it waiting is the only one who may touch the source now.
        _source.RunContinuationsAsynchronously = !runsHere;
        _source.SetResult(true);
    }

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

    void IValueTaskSource.GetResult(short token)
    {
        _source.GetResult(token);
        Interlocked.Exchange(ref _state, Idle);
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);
}
