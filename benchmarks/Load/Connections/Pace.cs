using System.Diagnostics;

namespace Cmq.MultiProtocol.Benchmarks.Load.Connections;

/// <summary>When messages are due. With a rate limit their latency counts from then, not from when they could be sent:
/// what a slow broker holds up is part of it. Due times are whole milliseconds, the finest that a socket waits for.
/// </summary>
/// <param name="perSecond">Of one publisher; 0 = as fast as it goes.</param>
public sealed class Pace(double perSecond)
{
    private static readonly long s_millisecond = Stopwatch.Frequency / 1000;

    private readonly double _perMillisecond = perSecond / 1000;
    private readonly long _start = Stopwatch.GetTimestamp();
    private long _taken;

    private bool IsLimited => _perMillisecond > 0;

    /// <summary>How many may go now, at most so many.</summary>
    public int Due(int room)
    {
        if (!IsLimited)
            return room;
        long milliseconds = (Stopwatch.GetTimestamp() - _start) / s_millisecond;
        return (int)Math.Clamp((long)(milliseconds * _perMillisecond) + 1 - _taken, 0, room);
    }

    /// <summary>Takes the next one.</summary>
    /// <returns>When it was due.</returns>
    public long Take() => IsLimited ? DueAt(_taken++) : Stopwatch.GetTimestamp();

    /// <summary>Until the next one is due: nothing, or a millisecond or more.</summary>
    public TimeSpan UntilNext()
    {
        if (!IsLimited)
            return TimeSpan.Zero;
        long left = DueAt(_taken) - Stopwatch.GetTimestamp();
        return left > 0 ? TimeSpan.FromMilliseconds((left + s_millisecond - 1) / s_millisecond) : TimeSpan.Zero;
    }

    private long DueAt(long number) => _start + ((long)Math.Ceiling(number / _perMillisecond) * s_millisecond);
}
