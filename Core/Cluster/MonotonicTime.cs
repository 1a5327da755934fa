namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Milliseconds of a monotonic clock.</summary>
internal static class MonotonicTime
{
    extension(TimeProvider time)
    {
        /// <summary>Monotonic time in ms, from an arbitrary start.</summary>
        public long MonotonicMs() => ToMs(time.GetTimestamp(), time.TimestampFrequency);
    }

    /// <summary>Without an overflow on the way: a clock of nanoseconds times a thousand leaves 64 bits after 106
    /// days.</summary>
    public static long ToMs(long ticks, long frequency) =>
        (ticks / frequency * 1000) + (ticks % frequency * 1000 / frequency);
}
