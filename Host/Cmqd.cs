using Cmq.MultiProtocol.Host.Configuration;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Host;

/// <summary>The executable: reads the configuration, runs the node, says with which code to exit.</summary>
internal static class Cmqd
{
    /// <param name="arguments">The command line.</param>
    /// <param name="output">Start-up lines, help and version.</param>
    /// <param name="errors">Why it did not start. The log goes to standard error, too.</param>
    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter errors)
    {
        HostOptions options;
        try
        {
            CommandLine commandLine = CommandLine.Parse(arguments);
            if (commandLine.Help || commandLine.Version)
            {
                await output.WriteLineAsync(commandLine.Help ? HelpText.Help.TrimEnd() : HelpText.Version);
                return ExitCode.Stopped;
            }

            options = HostOptionsReader.Read(SettingValues.Check(ConfigurationLoader.Load(
                [AppContext.BaseDirectory, Environment.CurrentDirectory],
                Environment.GetEnvironmentVariables(),
                commandLine)));
        }
        catch (ConfigurationException wrong)
        {
            await errors.WriteLineAsync($"cmqd: {wrong.Message}");
            return ExitCode.WrongConfiguration;
        }

        using ILoggerFactory loggers = ConsoleLog.Create(options.LogLevel);
        using var signals = new StopSignals(TimeProvider.System, loggers.CreateLogger<StopSignals>());
        var process = new NodeProcess(options, TimeProvider.System, loggers, output, errors);
        return await process.RunAsync(signals.Stop);
    }
}
