using System.Diagnostics;
using Cmq.MultiProtocol.Benchmarks.Load.Measure;

namespace Cmq.MultiProtocol.Benchmarks.Load;

/// <summary>Where the counters stood.</summary>
/// <param name="Time">Of the stopwatch.</param>
/// <param name="Confirmed">By all publishers.</param>
/// <param name="Arrived">At all consumers.</param>
/// <param name="BrokerCpu">Seconds; null when its processes are not known.</param>
/// <param name="GeneratorCpu">Seconds of this process.</param>
/// <param name="ResidentBytes">Of the broker; null when its processes are not known.</param>
internal sealed record Sample(
    long Time, long Confirmed, long Arrived, double? BrokerCpu, double GeneratorCpu, long? ResidentBytes)
{
    public static Sample Take(LoadOptions options, long confirmed, long arrived)
    {
        bool isKnown = options.Pids.Count > 0;
        return new Sample(
            Stopwatch.GetTimestamp(), confirmed, arrived,
            isKnown ? ProcessFigures.ProcessorSeconds(options.Pids) : null,
            Environment.CpuUsage.TotalTime.TotalSeconds,
            isKnown ? ProcessFigures.ResidentBytes(options.Pids) : null);
    }
}
