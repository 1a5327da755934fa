namespace Cmq.MultiProtocol.Adapters.Amqp.Tests.Connection;

/// <summary>A clock that stands still until it is moved.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private readonly Dictionary<long, TaskCompletionSource> _armed = [];
    private long _nowMs;

    public override long TimestampFrequency => 1_000;

    public override long GetTimestamp() => Interlocked.Read(ref _nowMs);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        lock (_lock)
            _timers.Add(timer);
        return timer;
    }

    /// <summary>Done once a timer was set to that time: then the loop has looked at the clock.</summary>
    public Task ArmedAsync(long dueMs) => Armed(dueMs).Task.WaitAsync(TimeSpan.FromSeconds(20));

    private TaskCompletionSource Armed(long dueMs)
    {
        lock (_lock)
        {
            if (!_armed.TryGetValue(dueMs, out TaskCompletionSource? armed))
                _armed.Add(dueMs, armed = new(TaskCreationOptions.RunContinuationsAsynchronously));
            return armed;
        }
    }

    public void Advance(int milliseconds)
    {
        long now = Interlocked.Add(ref _nowMs, milliseconds);
        ManualTimer[] due;
        lock (_lock)
            due = [.. _timers.Where(timer => timer.DueMs <= now)];
        foreach (ManualTimer timer in due)
            timer.Ring();
    }

    private sealed class ManualTimer(ManualTime time, Action ring) : ITimer
    {
        private long _dueMs = long.MaxValue;

        public long DueMs => Interlocked.Read(ref _dueMs);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Interlocked.Exchange(ref _dueMs, dueTime == Timeout.InfiniteTimeSpan
                ? long.MaxValue
                : time.GetTimestamp() + (long)dueTime.TotalMilliseconds);
            time.Armed(DueMs).TrySetResult();
            return true;
        }

        public void Ring()
        {
            Interlocked.Exchange(ref _dueMs, long.MaxValue);
            ring();
        }

        public void Dispose() => Interlocked.Exchange(ref _dueMs, long.MaxValue);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
