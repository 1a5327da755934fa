using System.Threading.Channels;

namespace Cmq.MultiProtocol.Fakes;

/// <summary>A clock that stands still until it is moved, and then is where it was moved to at once; whatever is due by
/// then rings in the thread that moves it.</summary>
/// <param name="start">What the clock on the wall says at first.</param>
public sealed class ManualTime(DateTimeOffset start) : TimeProvider
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _set = [];
    private readonly Channel<bool> _made = Channel.CreateUnbounded<bool>();
    private readonly HashSet<long> _armedMs = [];
    private TaskCompletionSource _armed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TimeSpan _elapsed;

    public ManualTime()
        : this(DateTimeOffset.UnixEpoch)
    {
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Of the clock on the wall, Unix ms.</summary>
    public long NowMs => GetUtcNow().ToUnixTimeMilliseconds();

    public override long GetTimestamp()
    {
        lock (_gate)
            return _elapsed.Ticks;
    }

    public override DateTimeOffset GetUtcNow() => start.AddTicks(GetTimestamp());

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        _made.Writer.TryWrite(true);
        return timer;
    }

    public void Advance(int milliseconds) => Advance(TimeSpan.FromMilliseconds(milliseconds));

    public void Advance(TimeSpan by)
    {
        lock (_gate)
            _elapsed += by;
        while (NextDue() is { } due)
            due.Ring();
    }

    /// <summary>Waits for the next timer that is made.</summary>
    public Task TimerMadeAsync() => _made.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    /// <summary>Waits until some timer is set.</summary>
    public Task ArmedAsync() => ArmedAsync(() => _set.Count > 0);

    /// <summary>Waits until a timer is, or was, set to that time after the start.</summary>
    public Task ArmedAsync(long dueMs) => ArmedAsync(() => _armedMs.Contains(dueMs));

    private async Task ArmedAsync(Func<bool> isArmed)
    {
        while (true)
        {
            Task armed;
            lock (_gate)
            {
                if (isArmed())
                    return;
                armed = _armed.Task;
            }
            await armed.WaitAsync(Patience);
        }
    }

    private ManualTimer? NextDue()
    {
        lock (_gate)
        {
            ManualTimer? due = _set.Where(timer => timer.Due <= _elapsed).MinBy(timer => timer.Due);
            if (due is null)
                return null;
            if (due.Period > TimeSpan.Zero)
                due.Due += due.Period;
            else
                _set.Remove(due);
            return due;
        }
    }

    private sealed class ManualTimer(ManualTime time, Action ring) : ITimer
    {
        public TimeSpan Due { get; set; }

        public TimeSpan Period { get; private set; }

        public void Ring() => ring();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._gate)
            {
                time._set.Remove(this);
                if (dueTime == Timeout.InfiniteTimeSpan)
                    return true;
                Period = period;
                Due = time._elapsed + dueTime;
                time._set.Add(this);
                time._armedMs.Add((long)Due.TotalMilliseconds);
                time._armed.SetResult();
                time._armed = new(TaskCreationOptions.RunContinuationsAsynchronously);
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
