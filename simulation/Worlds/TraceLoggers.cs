using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Simulation.Worlds;

/// <summary>A node's log lines among those of the trace.</summary>
internal sealed class TraceLoggers(Trace trace, int node) : ILoggerFactory, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter) =>
        trace.Remark(node, $"log: {formatter(state, exception)}{(exception is null ? "" : $" {exception}")}");

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Dispose()
    {
        // Holds nothing.
    }
}
