using System.Globalization;
using Cmq.MultiProtocol.Benchmarks.Compare.Sides;

namespace Cmq.MultiProtocol.Benchmarks.Compare;

/// <summary>Under what a comparison was made.</summary>
/// <param name="Started">When.</param>
/// <param name="Cores">That this program may use, as all others.</param>
/// <param name="Processor">Its model.</param>
/// <param name="MemoryMb">Of the machine, in millions of bytes.</param>
/// <param name="System">The system and its kernel.</param>
/// <param name="LoadAverage">Of the last minute, before anything was started.</param>
/// <param name="Disk">What a synchronous write costs.</param>
/// <param name="Versions">Of each side.</param>
/// <param name="Settings">Of the comparison.</param>
public sealed record Conditions(
    DateTimeOffset Started,
    int Cores,
    string Processor,
    long MemoryMb,
    string System,
    double LoadAverage,
    DiskCost Disk,
    IReadOnlyList<string> Versions,
    IReadOnlyList<string> Settings)
{
    public static async Task<Conditions> TakeAsync(
        ComparisonOptions options, IEnumerable<ISide> sides, IEnumerable<string> settings, string directory,
        CancellationToken cancellation)
    {
        List<string> versions = [];
        foreach (ISide side in sides)
            versions.Add($"{side.Name}: {await side.VersionAsync(cancellation)}");
        double load = LoadNow();
        return new Conditions(
            TimeProvider.System.GetUtcNow(), Environment.ProcessorCount, Field("/proc/cpuinfo", "model name"),
            long.Parse(Field("/proc/meminfo", "MemTotal").Split(' ')[0], CultureInfo.InvariantCulture) * 1024 / 1_000_000,
            $"{Field("/etc/os-release", "PRETTY_NAME", '=').Trim('"')}, Linux {Environment.OSVersion.Version}", load,
            DiskCost.Measure(directory), versions,
            [
                .. settings,
                options.IsSpread
                    ? "clients take turns over the nodes"
                    : "all clients dial the first node, where the queue was declared",
                string.Create(CultureInfo.InvariantCulture,
                    $"{options.Rounds} rounds of A B; {options.DurationSeconds} s measured after {options.WarmUpSeconds} s; "
                    + $"{options.Messages:N0} messages where consuming only"),
                "2 publishers and 2 consumers, at most 500 unconfirmed a publisher, prefetch 500, one manual ack for 20 "
                    + "deliveries, unless the case says otherwise",
            ]);
    }

    /// <summary>Processes that run or want to, on average over a minute.</summary>
    public static double LoadNow() =>
        double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);

    private static string Field(string file, string name, char separator = ':') => File.ReadLines(file)
        .Where(line => line.StartsWith(name, StringComparison.Ordinal))
        .Select(line => line[(line.IndexOf(separator, StringComparison.Ordinal) + 1)..].Trim())
        .FirstOrDefault("unknown");
}
