using System.Globalization;

namespace Cmq.MultiProtocol.Benchmarks.Load.Measure;

/// <summary>What <c>/proc</c> says of processes of this machine.</summary>
public static class ProcessFigures
{
    /// <summary>Clock ticks of <c>/proc</c> in a second (<c>getconf CLK_TCK</c>), on every Linux that .NET runs on.</summary>
    private const double TicksPerSecond = 100;

    /// <summary>Resident memory of all of them, in bytes.</summary>
    public static long ResidentBytes(IEnumerable<int> pids) => pids.Sum(ResidentBytes);

    /// <summary>Processor time of all of them since their start, in seconds.</summary>
    public static double ProcessorSeconds(IEnumerable<int> pids) => pids.Sum(ProcessorSeconds);

    private static long ResidentBytes(int pid)
    {
        string line = File.ReadLines($"/proc/{pid}/status")
            .First(text => text.StartsWith("VmRSS:", StringComparison.Ordinal));
        string kibibytes = line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1];
        return long.Parse(kibibytes, CultureInfo.InvariantCulture) * 1024;
    }

    private static double ProcessorSeconds(int pid)
    {
        // Behind the name, which may have blanks; then field 3 is the first.
        string[] fields = File.ReadAllText($"/proc/{pid}/stat").Split(')')[^1].Split(' ');
        return (long.Parse(fields[12], CultureInfo.InvariantCulture)
            + long.Parse(fields[13], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }
}
