using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Core.Tests.Transport;

/// <summary>Keeps log lines, in order.</summary>
/// <param name="firstId">First id of the lines that are kept; the transport's if nothing else is said.</param>
/// <param name="lastId">Last id of them.</param>
internal sealed class RecordingLog(int firstId = 1200, int lastId = 1299) : ILoggerFactory, ILogger
{
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

    public Task<string> Next() => _lines.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60));

    public bool IsEmpty => !_lines.Reader.TryPeek(out _);

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose() => _lines.Writer.TryComplete();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        // The socket transport logs through the same logger; its lines are not the transport's.
        if (IsEnabled(logLevel) && eventId.Id >= firstId && eventId.Id <= lastId)
            _lines.Writer.TryWrite($"{logLevel}: {formatter(state, exception)}{exception}");
    }
}
