namespace Cmq.MultiProtocol.Adapters.Mqtt.Tests.Connection;

/// <summary>A clock that stands still until it is moved.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private long _nowMs;

    public override long TimestampFrequency => 1_000;

    public override long GetTimestamp() => Interlocked.Read(ref _nowMs);

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(GetTimestamp());

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        lock (_lock)
            _timers.Add(timer);
        return timer;
    }

    /// <summary>Moves on in steps of a second, so that a timer that sets itself anew rings as often as it
    /// should.</summary>
    public void Advance(int milliseconds)
    {
        for (int left = milliseconds; left > 0; left -= 1_000)
        {
            long now = Interlocked.Add(ref _nowMs, Math.Min(left, 1_000));
            ManualTimer[] due;
            lock (_lock)
                due = [.. _timers.Where(timer => timer.DueMs <= now)];
            foreach (ManualTimer timer in due)
                timer.Ring();
        }
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
