using System.Diagnostics;
using System.Globalization;
using Cmq.MultiProtocol.Simulation.Plants;
using Cmq.MultiProtocol.Simulation.Worlds;

namespace Cmq.MultiProtocol.Simulation;

/// <summary>Runs worlds: a row of seeds, as many as fit into a time, or one with its trace.</summary>
internal static class Program
{
    private const int Good = 0;
    private const int Found = 1;
    private const int Misused = 2;

    private static int Main(string[] arguments)
    {
        if (!Arguments.TryParse(arguments, out Arguments? parsed, out string? problem))
        {
            Console.Error.WriteLine(problem);
            Console.Error.WriteLine(Arguments.Usage);
            return Misused;
        }

        if (parsed.Plant is { } plant && !PlantCatalogue.Names.Contains(plant))
        {
            Console.Error.WriteLine($"no plant is called {plant}; there are {string.Join(", ", PlantCatalogue.Names)}");
            Console.Error.WriteLine(Arguments.Usage);
            return Misused;
        }

        return Pool.Run(() => RunAsync(parsed));
    }

    private static async Task<int> RunAsync(Arguments arguments)
    {
        long since = Stopwatch.GetTimestamp();
        double virtualSeconds = 0;
        int worlds = 0;
        int failed = 0;
        foreach (ulong seed in arguments.Seeds())
        {
            if (arguments.Seconds is { } most && Stopwatch.GetElapsedTime(since).TotalSeconds >= most)
                break;
            WorldReport report = await RunOneAsync(arguments, seed).ConfigureAwait(false);
            worlds++;
            virtualSeconds += report.VirtualSeconds;
            if (arguments.IsVerbose || report.Violation is not null)
                Print(arguments, report);
            if (report.Violation is null)
                continue;
            failed++;
            if (!arguments.GoesOn)
                break;
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{worlds} worlds, {virtualSeconds / 3600:F2} simulated hours, {failed} failed, "
            + $"{Stopwatch.GetElapsedTime(since).TotalSeconds:F0} s"));
        return failed == 0 ? Good : Found;
    }

    private static async Task<WorldReport> RunOneAsync(Arguments arguments, ulong seed)
    {
        await using var world = new World(new WorldOptions(
            seed, PlantCatalogue.Make(arguments.Plant), arguments.IsTraced ? Console.Out : null));
        return await world.RunAsync().ConfigureAwait(false);
    }

    private static void Print(Arguments arguments, WorldReport report)
    {
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"seed {report.Seed} trace {report.TraceHash:x16} {report.VirtualSeconds:F1} s {report.Events} events: "
            + $"{report.Summary}"));
        if (report.Violation is null)
            return;
        Console.WriteLine($"FAILED {report.Violation}");
        string plant = arguments.Plant is null ? "" : $" --plant {arguments.Plant}";
        Console.WriteLine(
            $"replay: dotnet run -c Release --project simulation -- --seed {report.Seed}{plant} --trace");
    }
}
