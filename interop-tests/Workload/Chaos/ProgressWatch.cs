using System.Diagnostics;

namespace Cmq.MultiProtocol.Interop.Durability.Chaos;

/// <summary>The longest time in which a count did not grow.</summary>
internal sealed class ProgressWatch : IDisposable
{
    private const int EveryMs = 20;

    private readonly Func<int> _count;
    private readonly Timer _timer;
    private readonly Lock _lock = new();
    private int _last;
    private long _since = Stopwatch.GetTimestamp();
    private TimeSpan _longest;

    public ProgressWatch(Func<int> count)
    {
        _count = count;
        _last = count();
        _timer = new Timer(_ => Look(), null, EveryMs, EveryMs);
    }

    public double LongestSeconds
    {
        get
        {
            lock (_lock)
                return _longest.TotalSeconds;
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        lock (_lock)
        {
            int count = _count();
            TimeSpan without = Stopwatch.GetElapsedTime(_since);
            if (without > _longest)
                _longest = without;
            if (count == _last)
                return;
            _last = count;
            _since = Stopwatch.GetTimestamp();
        }
    }
}
