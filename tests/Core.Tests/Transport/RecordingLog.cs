using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Core.Tests.Transport;

/// <summary>Keeps log lines, in order.</summary>
internal sealed class RecordingLog : ILoggerFactory, ILogger
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
        if (IsEnabled(logLevel) && eventId.Id is >= 1200 and < 1300)
            _lines.Writer.TryWrite($"{logLevel}: {formatter(state, exception)}{exception}");
    }
}
