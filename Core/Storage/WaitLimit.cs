using System.Diagnostics;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>Limits a busy wait by the time that it really ran: a gap between two looks, as when the process was
/// suspended, counts little.</summary>
internal struct WaitLimit(int limitMs)
{
    private const double MaxStepMs = 100;

    private long _last = Stopwatch.GetTimestamp();
    private double _waitedMs;

    /// <summary>Called once per turn of the loop.</summary>
    public bool IsOver()
    {
        long now = Stopwatch.GetTimestamp();
        _waitedMs += Math.Min(MaxStepMs, Stopwatch.GetElapsedTime(_last, now).TotalMilliseconds);
        _last = now;
        return _waitedMs > limitMs;
    }
}
