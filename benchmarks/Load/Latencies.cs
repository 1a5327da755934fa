using System.Diagnostics;

namespace Cmq.MultiProtocol.Benchmarks.Load;

/// <summary>A histogram of times with steps of about 3 %, from 1 us to over an hour. Thread-safe.</summary>
public sealed class Latencies
{
    private const double Step = 1.03;
    private const int Steps = 800;
    private readonly long[] _counts = new long[Steps];

    public void Add(long fromTimestamp)
    {
        double microseconds = Stopwatch.GetElapsedTime(fromTimestamp).TotalMicroseconds;
        int step = (int)(Math.Log(Math.Max(1, microseconds)) / Math.Log(Step));
        Interlocked.Increment(ref _counts[Math.Min(step, Steps - 1)]);
    }

    public void Clear() => Array.Clear(_counts);

    /// <returns>In milliseconds; 0 when nothing was counted.</returns>
    public double PercentileMs(double percentile)
    {
        double wanted = _counts.Sum() * percentile / 100;
        double seen = 0;
        for (int step = 0; step < Steps; step++)
        {
            seen += _counts[step];
            if (seen >= wanted && seen > 0)
                return Math.Pow(Step, step + 1) / 1000;
        }

        return 0;
    }
}
