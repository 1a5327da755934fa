namespace Cmq.MultiProtocol.Core.Tests.Transport;

/// <summary>A clock that stands until it is advanced; timers fire in the thread that advances it.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private TimeSpan _elapsed;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp()
    {
        lock (_gate)
            return _elapsed.Ticks;
    }

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(GetTimestamp());

    public override ITimer CreateTimer(
        TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    public void Advance(TimeSpan by)
    {
        lock (_gate)
            _elapsed += by;
        while (NextDue() is { } fire)
            fire();
    }

    private Action? NextDue()
    {
        lock (_gate)
        {
            ManualTimer? due = _timers.Where(timer => timer.Due <= _elapsed).MinBy(timer => timer.Due);
            if (due is null)
                return null;
            if (due.Period > TimeSpan.Zero)
                due.Due += due.Period;
            else
                _timers.Remove(due);
            return due.Fire;
        }
    }

    private sealed class ManualTimer(ManualTime time, Action fire) : ITimer
    {
        public Action Fire => fire;

        public TimeSpan Due { get; set; }

        public TimeSpan Period { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._gate)
            {
                time._timers.Remove(this);
                Period = period;
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    Due = time._elapsed + dueTime;
                    time._timers.Add(this);
                }
            }

            return true;
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
