namespace Cmq.MultiProtocol.Simulation.Worlds;

/// <summary>A clock of the virtual world, with timers that are events of it.</summary>
/// <param name="agenda">Where time comes from.</param>
/// <param name="schedule">Puts a timer down: (microseconds from now, what is due).</param>
internal sealed class VirtualTime(Agenda agenda, Action<long, Action> schedule) : TimeProvider
{
    private static readonly DateTimeOffset Beginning = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>What this wall clock is wrong by, microseconds.</summary>
    public long WallErrorUs { get; set; }

    public override long TimestampFrequency => 1_000_000;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long GetTimestamp() => agenda.NowUs;

    public override DateTimeOffset GetUtcNow() => Beginning.AddMicroseconds(agenda.NowUs + WallErrorUs);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(schedule, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Timer(Action<long, Action> schedule, TimerCallback callback, object? state) : ITimer
    {
        private long _setting;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            long setting = ++_setting;
            if (dueTime != Timeout.InfiniteTimeSpan)
                Await(setting, dueTime, period);
            return true;
        }

        public void Dispose() => _setting++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Await(long setting, TimeSpan dueTime, TimeSpan period) => schedule(
            (long)dueTime.TotalMicroseconds,
            () =>
            {
                if (setting != _setting)
                    return;
                if (period != Timeout.InfiniteTimeSpan && period > TimeSpan.Zero)
                    Await(setting, period, period);
                callback(state);
            });
    }
}
