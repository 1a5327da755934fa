using System.Diagnostics;
using System.Numerics;

namespace Cmq.MultiProtocol.Benchmarks.Load.Measure;

/// <summary>Times in a fixed number of steps: 64 to each power of two of nanoseconds, so within 1.6 %, up to half an hour.
/// One thread adds; another may read when that one has ended.</summary>
public sealed class Histogram
{
    private const int StepBits = 6;
    private const int StepsPerPower = 1 << StepBits;
    private const int Powers = 41 - StepBits;
    private static readonly double s_nanosecondsPerTick = 1e9 / Stopwatch.Frequency;

    private readonly long[] _counts = new long[(Powers + 1) * StepsPerPower];
    private long _count;
    private long _maxNs;
    private double _sumNs;

    /// <summary>Adds the time between two readings of the stopwatch.</summary>
    public void Add(long from, long to)
    {
        long nanoseconds = (long)(Math.Max(0, to - from) * s_nanosecondsPerTick);
        _counts[StepOf(nanoseconds)]++;
        _count++;
        _sumNs += nanoseconds;
        _maxNs = Math.Max(_maxNs, nanoseconds);
    }

    public void Add(Histogram other)
    {
        for (int i = 0; i < _counts.Length; i++)
            _counts[i] += other._counts[i];
        _count += other._count;
        _sumNs += other._sumNs;
        _maxNs = Math.Max(_maxNs, other._maxNs);
    }

    public void Clear()
    {
        Array.Clear(_counts);
        (_count, _sumNs, _maxNs) = (0, 0, 0);
    }

    /// <returns>Null when nothing was added.</returns>
    public LatencyFigures? Figures() => _count == 0
        ? null
        : new LatencyFigures(
            _count, Ms(_sumNs / _count), Ms(Percentile(0.5)), Ms(Percentile(0.99)), Ms(Percentile(0.999)), Ms(_maxNs));

    private static double Ms(double nanoseconds) => Math.Round(nanoseconds / 1e6, 4);

    private static int StepOf(long nanoseconds)
    {
        if (nanoseconds < StepsPerPower)
            return (int)nanoseconds;
        int power = BitOperations.Log2((ulong)nanoseconds) - StepBits;
        return power >= Powers
            ? (Powers * StepsPerPower) + StepsPerPower - 1
            : ((power + 1) * StepsPerPower) + (int)(nanoseconds >> power) - StepsPerPower;
    }

    /// <summary>The upper end of a step, in nanoseconds.</summary>
    private static double EndOf(int step) => step < StepsPerPower
        ? step + 1
        : Math.ScaleB((step % StepsPerPower) + StepsPerPower + 1, (step / StepsPerPower) - 1);

    private double Percentile(double part)
    {
        long wanted = (long)Math.Ceiling(_count * part);
        long seen = 0;
        for (int step = 0; step < _counts.Length; step++)
        {
            seen += _counts[step];
            if (seen >= wanted)
                return Math.Min(EndOf(step), _maxNs);
        }

        return _maxNs;
    }
}
