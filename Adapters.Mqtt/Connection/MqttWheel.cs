namespace Cmq.MultiProtocol.Adapters.Mqtt.Connection;

/// <summary>The time limits of all connections: one timer for a million of them, in steps of a second. An alarm rings
/// at its time or up to a step later. Thread-safe.</summary>
internal sealed class MqttWheel : IDisposable
{
    private const int Slots = 512;

    /// <summary>Step, in ms.</summary>
    private const int StepMs = 1_000;

    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly MqttAlarm?[] _slots = new MqttAlarm?[Slots];
    private readonly ITimer _timer;
    private readonly long _start;
    private long _step;
    private int _count;
    private bool _isRunning;

    public MqttWheel(TimeProvider time)
    {
        _time = time;
        _start = time.GetTimestamp();
        _timer = time.CreateTimer(static state => ((MqttWheel)state!).Turn(), this, Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan);
    }

    /// <summary>Monotonic, from 0.</summary>
    public long NowMs => (long)_time.GetElapsedTime(_start).TotalMilliseconds;

    /// <summary>Sets an alarm, anew if it is set.</summary>
    /// <param name="alarm">Rings once.</param>
    /// <param name="dueMs">As <see cref="NowMs"/>.</param>
    public void Set(MqttAlarm alarm, long dueMs)
    {
        lock (_lock)
        {
            Unlink(alarm);
            long now = NowMs / StepMs;
            if (_count == 0)
                _step = now;
            // The next full step: never too early.
            alarm.Step = Math.Max(_step + 1, (dueMs + StepMs - 1) / StepMs);
            Link(alarm);
            if (_isRunning)
                return;
            _isRunning = true;
            Arm();
        }
    }

    public void Remove(MqttAlarm alarm)
    {
        lock (_lock)
            Unlink(alarm);
    }

    public void Dispose() => _timer.Dispose();

    private void Turn()
    {
        var due = new List<MqttAlarm>();
        lock (_lock)
        {
            long now = NowMs / StepMs;
            // After a long sleep every slot is looked at once.
            long from = Math.Max(_step + 1, now - Slots + 1);
            for (long step = from; step <= now; step++)
                Collect(_slots[step % Slots], now, due);
            _step = Math.Max(_step, now);
            foreach (MqttAlarm alarm in due)
                Unlink(alarm);
            _isRunning = _count > 0;
            if (_isRunning)
                Arm();
        }
        foreach (MqttAlarm alarm in due)
            alarm.Ring();
    }

    private static void Collect(MqttAlarm? first, long now, List<MqttAlarm> due)
    {
        for (MqttAlarm? alarm = first; alarm is not null; alarm = alarm.Next)
        {
            if (alarm.Step <= now)
                due.Add(alarm);
        }
    }

    private void Arm() =>
        _timer.Change(TimeSpan.FromMilliseconds(StepMs - (NowMs % StepMs)), Timeout.InfiniteTimeSpan);

    private void Link(MqttAlarm alarm)
    {
        ref MqttAlarm? first = ref _slots[alarm.Step % Slots];
        alarm.Next = first;
        alarm.Previous = null;
        if (first is not null)
            first.Previous = alarm;
        first = alarm;
        alarm.IsSet = true;
        _count++;
    }

    private void Unlink(MqttAlarm alarm)
    {
        if (!alarm.IsSet)
            return;
        if (alarm.Previous is null)
            _slots[alarm.Step % Slots] = alarm.Next;
        else
            alarm.Previous.Next = alarm.Next;
        if (alarm.Next is not null)
            alarm.Next.Previous = alarm.Previous;
        alarm.Next = alarm.Previous = null;
        alarm.IsSet = false;
        _count--;
    }
}
