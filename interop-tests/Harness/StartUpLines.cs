using System.Collections.Concurrent;
using System.Net;

namespace Cmq.MultiProtocol.Interop;

/// <summary>What the broker says on standard output while it starts. Thread-safe.</summary>
internal sealed class StartUpLines
{
    private readonly ConcurrentDictionary<string, IPEndPoint> _listeners = new();
    private readonly Dictionary<string, int> _before = [];
    private readonly TaskCompletionSource _serving = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="last">Of the run before.</param>
    public StartUpLines(StartUpLines? last = null)
    {
        if (last is null)
            return;
        foreach ((string name, int port) in last._before)
            _before[name] = port;
        foreach ((string name, IPEndPoint bound) in last._listeners)
            _before[name] = bound.Port;
    }

    /// <summary>Completed by the line that says that clients are served.</summary>
    public Task Serving => _serving.Task;

    public (string SecretId, string SecretKey)? AccessKey { get; private set; }

    public void Read(string line)
    {
        switch (line.Split(' '))
        {
            case ["listening", var name, var address] when IPEndPoint.TryParse(address, out IPEndPoint? bound):
                _listeners[name] = bound;
                break;
            case ["access", "key", var id, var key]:
                AccessKey = (id, key);
                break;
            case ["serving", ..]:
                _serving.TrySetResult();
                break;
        }
    }

    /// <summary>Of listeners whose names are a prefix and a number.</summary>
    public IReadOnlyList<int> Ports(string prefix) =>
    [
        .. _listeners.Where(listener => listener.Key.StartsWith(prefix, StringComparison.Ordinal)
                && int.TryParse(listener.Key.AsSpan(prefix.Length), out _))
            .OrderBy(listener => listener.Key, StringComparer.Ordinal)
            .Select(listener => listener.Value.Port),
    ];

    /// <summary>Of this run, or of the last one that came so far.</summary>
    public int? LastPort(string listener) =>
        Port(listener) ?? (_before.TryGetValue(listener, out int port) ? port : null);

    public int? Port(string listener) => _listeners.TryGetValue(listener, out IPEndPoint? bound) ? bound.Port : null;
}
