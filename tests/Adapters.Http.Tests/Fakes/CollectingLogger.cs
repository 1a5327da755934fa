using System.Collections.Concurrent;
using Cmq.MultiProtocol.Adapters.Http.Connection;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Adapters.Http.Tests.Fakes;

public sealed class CollectingLogger : ILogger<HttpEndpoint>
{
    public ConcurrentQueue<(LogLevel Level, EventId Id, string Text)> Entries { get; } = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter) =>
        Entries.Enqueue((logLevel, eventId, formatter(state, exception)));
}
