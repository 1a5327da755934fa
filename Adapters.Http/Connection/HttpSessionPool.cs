using Cmq.MultiProtocol.Adapters.Http.Codec;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Adapters.Http.Connection;

/// <summary>One long-lived session per user and namespace, made when first needed. Thread-safe.</summary>
internal sealed class HttpSessionPool(
    IBroker broker, int maxSessions, ILogger logger, CancellationToken stopping)
    : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string User, NamespaceId Namespace), Entry> _entries = [];
    private long _rents;
    private bool _disposed;

    /// <exception cref="HttpProtocolException">All sessions are in use (4480), or the node stops
    /// (6000).</exception>
    public Lease Rent(AccessKey key)
    {
        Entry? evicted = null;
        Entry entry;
        lock (_gate)
        {
            if (_disposed)
                throw new HttpProtocolException(HttpError.Unavailable);

            (string, NamespaceId) name = (key.User.UserName, key.Namespace);
            if (!_entries.TryGetValue(name, out Entry? present) || present.Session.IsClosed)
            {
                evicted = present ?? MakeRoom();
                entry = new Entry(key.User.UserName, key.Namespace, Connect(key));
                _entries[name] = entry;
            }
            else
            {
                entry = present;
            }

            entry.Users++;
            entry.LastRent = ++_rents;
        }

        if (evicted is not null)
            Retire(evicted);
        return new Lease(this, entry);
    }

    public async ValueTask DisposeAsync()
    {
        Entry[] entries;
        lock (_gate)
        {
            _disposed = true;
            entries = [.. _entries.Values];
            _entries.Clear();
        }

        foreach (Entry entry in entries)
            await EndAsync(entry);
    }

    private HttpSession Connect(AccessKey key)
    {
        var sink = new HttpSink(key.User.UserName, logger);
        var connection = broker.Connect(
            new ConnectionOptions(key.User, key.Namespace, "CMQ HTTP", "several", sink));
        return new HttpSession(broker, connection, sink, stopping);
    }

    /// <returns>The session that made room; null when there was room.</returns>
    private Entry? MakeRoom()
    {
        if (_entries.Count < maxSessions)
            return null;

        Entry? idle = _entries.Values.Where(e => e.Users == 0).MinBy(e => e.LastRent);
        if (idle is null)
            throw new HttpProtocolException(HttpError.SlowDown);
        _entries.Remove((idle.User, idle.Namespace));
        return idle;
    }

    /// <summary>Requests may still be in it when the core has ended it: the last one gives it back.</summary>
    private void Retire(Entry entry)
    {
        bool unused;
        lock (_gate)
        {
            entry.IsRetired = true;
            unused = entry.Users == 0;
        }

        if (unused)
            _ = EndAsync(entry);
    }

    private void Return(Entry entry)
    {
        bool ends;
        lock (_gate)
        {
            entry.Users--;
            ends = entry is { IsRetired: true, Users: 0 };
        }

        if (ends)
            _ = EndAsync(entry);
    }

    private async Task EndAsync(Entry entry)
    {
        try
        {
            await entry.Session.DisposeAsync();
        }
        catch (Exception exception)
        {
            logger.SessionNotDisposed(exception, entry.User);
        }
    }

    /// <summary>A request's use of a session, until it is disposed.</summary>
    public readonly struct Lease(HttpSessionPool pool, Entry entry) : IDisposable
    {
        public HttpSession Session => entry.Session;

        public void Dispose() => pool.Return(entry);
    }

    /// <summary>A session with its uses; all guarded by the pool's lock.</summary>
    public sealed class Entry(string user, NamespaceId ns, HttpSession session)
    {
        public string User { get; } = user;

        public NamespaceId Namespace { get; } = ns;

        public HttpSession Session { get; } = session;

        public int Users { get; set; }

        public long LastRent { get; set; }

        public bool IsRetired { get; set; }
    }
}
