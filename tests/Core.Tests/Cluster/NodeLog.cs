using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>Lets a test wait for what a node tells of itself.</summary>
internal sealed class NodeLog : ILoggerFactory, ILogger
{
    private readonly Lock _gate = new();
    private readonly List<(int Id, string Text)> _lines = [];
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The first line with that event id and text, from now on or from before.</summary>
    public async Task<string> WaitFor(int eventId, string text, CancellationToken stop)
    {
        while (true)
        {
            Task more;
            lock (_gate)
            {
                if (_lines.Find(line => line.Id == eventId && line.Text.Contains(text, StringComparison.Ordinal))
                    is { Text: { } found })
                {
                    return found;
                }

                more = _more.Task;
            }

            await more.WaitAsync(stop);
        }
    }

    public int Count(int eventId)
    {
        lock (_gate)
            return _lines.Count(line => line.Id == eventId);
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        if (eventId.Id is < 1000 or >= 1300)
            return;
        lock (_gate)
        {
            _lines.Add((eventId.Id, $"{formatter(state, exception)} {exception}"));
            _more.TrySetResult();
            _more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
