using System.Threading.Channels;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Tests.Connection;

/// <summary>A clock that stands still until it is moved; its timers ring by period.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private readonly Channel<bool> _made = Channel.CreateUnbounded<bool>();
    private long _nowMs;

    public override long TimestampFrequency => 1_000;

    public override long GetTimestamp() => Interlocked.Read(ref _nowMs);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        lock (_lock)
            _timers.Add(timer);
        _made.Writer.TryWrite(true);
        return timer;
    }

    /// <summary>Waits for the next timer that is made.</summary>
    public Task TimerMadeAsync() => _made.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));

    public void Advance(int milliseconds)
    {
        long now = Interlocked.Add(ref _nowMs, milliseconds);
        ManualTimer[] due;
        lock (_lock)
            due = [.. _timers.Where(timer => timer.IsDue(now))];
        foreach (ManualTimer timer in due)
            timer.Ring(now);
    }

    private sealed class ManualTimer(ManualTime time, Action ring) : ITimer
    {
        private long _dueMs = long.MaxValue;
        private long _periodMs;

        public bool IsDue(long nowMs) => Interlocked.Read(ref _dueMs) <= nowMs;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _periodMs = period == Timeout.InfiniteTimeSpan ? 0 : (long)period.TotalMilliseconds;
            Interlocked.Exchange(ref _dueMs, dueTime == Timeout.InfiniteTimeSpan
                ? long.MaxValue
                : time.GetTimestamp() + (long)dueTime.TotalMilliseconds);
            return true;
        }

        public void Ring(long nowMs)
        {
            Interlocked.Exchange(ref _dueMs, _periodMs == 0 ? long.MaxValue : nowMs + _periodMs);
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
