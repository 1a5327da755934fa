using System.Collections.Concurrent;
using System.Net;

namespace Cmq.MultiProtocol.Interop;

/// <summary>What the broker says on standard output while it starts. Thread-safe.</summary>
internal sealed class StartUpLines
{
    private readonly ConcurrentDictionary<string, IPEndPoint> _listeners = new();
    private readonly TaskCompletionSource _serving = new(TaskCreationOptions.RunContinuationsAsynchronously);

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

    public int? Port(string listener) => _listeners.TryGetValue(listener, out IPEndPoint? bound) ? bound.Port : null;
}
