using System.Globalization;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Events;
using Serilog.Extensions.Logging;

namespace Cmq.MultiProtocol.Host;

/// <summary>The log on standard error; standard output is kept for the start-up lines that scripts read.</summary>
internal static class ConsoleLog
{
    public static ILoggerFactory Create(LogLevel level)
    {
        LogEventLevel least = LevelConvert.ToSerilogLevel(level);
        // ASP.NET tells of every request and connection at Information; that is the adapters' to say.
        LogEventLevel kestrel = least < LogEventLevel.Information ? least : LevelOr(least, LogEventLevel.Warning);
        var logger = new LoggerConfiguration()
            .MinimumLevel.Is(least)
            .MinimumLevel.Override("Microsoft", kestrel)
            .WriteTo.Console(
                standardErrorFromLevel: LogEventLevel.Verbose,
                formatProvider: CultureInfo.InvariantCulture,
                outputTemplate: "{Timestamp:yyyy-MM-ddTHH:mm:ss.fffzzz} {Level:u3} {SourceContext} {Message:lj}"
                    + "{NewLine}{Exception}")
            .CreateLogger();
        return new UnscopedLoggers(new SerilogLoggerFactory(logger, dispose: true));
    }

    private static LogEventLevel LevelOr(LogEventLevel one, LogEventLevel other) => one > other ? one : other;
}
