using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Cmq.MultiProtocol.Simulation.Tests;

/// <summary>The simulator in a process of its own: its thread pool has one worker, which a test run could not live
/// with.</summary>
/// <param name="ExitCode">0: nothing was found; 1: something was; 2: it did not understand.</param>
internal sealed record SimulationRun(int ExitCode, string Output)
{
    /// <summary>A simulator that says nothing for so long is stuck; the slowest machine has finished by then.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>The hash that a world's line ends its history with.</summary>
    public string Trace => Regex.Match(Output, "trace ([0-9a-f]{16})").Groups[1].Value;

    public static async Task<SimulationRun> OfAsync(params string[] arguments)
    {
        string simulator = Path.Combine(AppContext.BaseDirectory, "Cmq.MultiProtocol.Simulation.dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet", ["exec", simulator, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            process.Kill();
            throw;
        }

        return new SimulationRun(process.ExitCode, await output + await errors);
    }
}
