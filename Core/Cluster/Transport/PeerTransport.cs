using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Core.Cluster.Transport;

/// <summary>
/// Connections between nodes over TCP: one per peer and lane, dialled by the node with the higher id, under
/// mutual TLS if there is a secret (DESIGN.md 3 and 7). Thread-safe.
/// </summary>
public sealed class PeerTransport : IPeerTransport
{
    private readonly PeerTransportOptions _options;
    private readonly IPeerHandler _handler;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ClusterIdentity? _identity;
    private readonly ConcurrentDictionary<NodeId, PeerLink> _links = new();
    private readonly ConcurrentBag<Task> _dialling = [];
    private readonly Lock _learnedGate = new();
    private readonly Dictionary<PeerAddress, CancellationTokenSource> _learned = [];
    private readonly PeerAcceptor _acceptor;
    private readonly CancellationTokenSource _stopping = new();
    private int _started;
    private int _disposed;

    /// <param name="options">Settings; a secret is stretched here, which takes a fraction of a
    /// second.</param>
    /// <param name="handler">Receives; called on transport threads. Its hello names
    /// <c>options.Node</c>.</param>
    /// <param name="time">Clock of time-outs, keep-alives and redialling.</param>
    /// <param name="loggers">For a peer's mistakes and ours.</param>
    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    public PeerTransport(
        PeerTransportOptions options, IPeerHandler handler, TimeProvider time, ILoggerFactory loggers)
    {
        options.Check();
        _options = options;
        _handler = handler;
        _time = time;
        _logger = loggers.CreateLogger<PeerTransport>();
        _identity = options.Secret is null ? null : new ClusterIdentity(options.Secret, options.Node);
        _acceptor = new PeerAcceptor(options, _identity, handler, Refuse, LinkTo, time, _logger);
    }

    /// <summary>Starts to dial those with a lower id than this node's; the others are expected to dial. To be
    /// called once.</summary>
    /// <param name="peers">The first members, this node among them or not.</param>
    /// <exception cref="ArgumentException">A peer is listed twice, or needs a secret that is not
    /// there.</exception>
    /// <exception cref="InvalidOperationException">Called before, or disposed.</exception>
    public void Start(IReadOnlyList<PeerAddress> peers)
    {
        List<PeerAddress> others = [.. peers.Where(peer => peer.Id != _options.Node)];
        if (others.DistinctBy(peer => peer.Id).Count() != others.Count)
            throw new ArgumentException("Cluster:Peers names a node twice");
        if (others.Count > _options.MaxPeers)
            throw new ArgumentException($"Cluster:Peers names more than {_options.MaxPeers} other nodes");
        foreach (PeerAddress peer in others)
        {
            if (_identity is null && IPAddress.TryParse(peer.Host, out IPAddress? ip) && !Loopback.Is(ip))
                throw new ArgumentException(
                    $"node {peer.Id} at {peer.Host} is not loopback: set Cluster:Secret");
        }

        if (Volatile.Read(ref _disposed) != 0 || Interlocked.Exchange(ref _started, 1) != 0)
            throw new InvalidOperationException("the transport was started or disposed before");

        foreach (PeerAddress peer in others)
        {
            PeerLink link = _links.GetOrAdd(peer.Id, id => new PeerLink(id, _logger));
            if (peer.Id.Value > _options.Node.Value)
                continue;
            Dial(peer, link, _stopping.Token);
        }
    }

    /// <summary>Dials these, too, as far as it is this node that dials, and no more those of an earlier call that are
    /// not among them; what is connected stays so.</summary>
    /// <param name="peers">None that <see cref="Start"/> was given.</param>
    public void DialAlso(IReadOnlyList<PeerAddress> peers)
    {
        lock (_learnedGate)
        {
            if (Volatile.Read(ref _disposed) != 0)
                return;
            foreach ((PeerAddress old, CancellationTokenSource stop) in _learned.ToList())
            {
                if (peers.Contains(old))
                    continue;
                _learned.Remove(old);
                stop.Cancel();
                stop.Dispose();
            }

            foreach (PeerAddress peer in peers)
            {
                if (peer.Id.Value >= _options.Node.Value || _learned.ContainsKey(peer)
                    || LinkTo(peer.Id) is not { } link)
                    continue;
                var stop = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
                _learned.Add(peer, stop);
                Dial(peer, link, stop.Token);
            }
        }
    }

    private void Dial(PeerAddress peer, PeerLink link, CancellationToken stop)
    {
        var dialer = new PeerDialer(peer, link, _options, _identity, _handler, Refuse, _time, _logger);
        _dialling.Add(Task.Run(() => dialer.RunAsync(stop), CancellationToken.None));
    }

    /// <summary>Carries one connection that the cluster's listener accepted, until it ends. Does not fail:
    /// what breaks the connection is logged. When it returns, the connection can be disposed.</summary>
    public Task HandleAsync(ConnectionContext connection) => _acceptor.HandleAsync(connection);

    /// <inheritdoc/>
    public bool Send(NodeId to, PeerLane lane, in PeerMessage message)
    {
        if (!_links.TryGetValue(to, out PeerLink? link) || link.Up is not { } session)
            return false;
        if (message.Payload.Length > _options.MaxPayload(lane))
        {
            PeerTrace.TooLarge(_logger, to, lane, message.Payload.Length);
            return false;
        }

        return session.Send(lane, message);
    }

    /// <inheritdoc/>
    public PeerHello? Connected(NodeId peer) =>
        _links.TryGetValue(peer, out PeerLink? link) ? link.Up?.Hello : null;

    /// <inheritdoc/>
    public void Reset(NodeId peer)
    {
        if (_links.TryGetValue(peer, out PeerLink? link))
            link.Up?.End("to hear again who the peer is");
    }

    /// <summary>Closes all connections; the handler hears of each end before this returns. What is queued is
    /// lost.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;

        await _stopping.CancelAsync().ConfigureAwait(false);
        CancellationTokenSource[] learned;
        lock (_learnedGate)
            learned = [.. _learned.Values];
        foreach (PeerLink link in _links.Values)
            link.Stop();
        await Task.WhenAll(_dialling).ConfigureAwait(false);
        foreach (CancellationTokenSource stop in learned)
            stop.Dispose();
        await _acceptor.DisposeAsync().ConfigureAwait(false);
        _identity?.Dispose();
        _stopping.Dispose();
    }

    private string? Refuse(PeerHello hello) => hello.Node == _options.Node
        ? $"node {hello.Node} is this node's own id"
        : _handler.Refuse(hello);

    /// <summary>Null: there are too many.</summary>
    private PeerLink? LinkTo(NodeId node)
    {
        if (_links.TryGetValue(node, out PeerLink? link))
            return link;
        if (_links.Count >= _options.MaxPeers)
            return null;
        link = _links.GetOrAdd(node, id => new PeerLink(id, _logger));
        // A link that came after all were stopped must not outlive them.
        if (Volatile.Read(ref _disposed) != 0)
            link.Stop();
        return link;
    }
}
