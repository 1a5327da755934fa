using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Core.Cluster.Transport;

/// <summary>What this node has with one peer: at most one session, and at most one being gathered to replace
/// it.</summary>
internal sealed class PeerLink(NodeId peer, ILogger logger)
{
    private readonly Lock _gate = new();
    private volatile PeerSession? _current;
    private Task _ended = Task.CompletedTask;
    private PeerGathering? _gathering;
    private string? _reported;
    private bool _stopped;

    public NodeId Peer => peer;

    public PeerSession? Up => _current is { IsUp: true } session ? session : null;

    /// <summary>Where an accepted lane belongs. Decided by the peer's incarnation and its number of the
    /// attempt, so that a connection that lay in a queue somewhere cannot end a newer one.</summary>
    /// <exception cref="PeerProtocolException">Nowhere.</exception>
    public PeerGathering Admit(in LaneHello hello)
    {
        (long, long) order = (hello.Peer.Incarnation, hello.Session);
        lock (_gate)
        {
            if (_gathering is { } gathering)
            {
                int compared = order.CompareTo((gathering.Hello.Incarnation, gathering.Number));
                if (compared == 0 && gathering.Hello == hello.Peer && gathering.TryReserve(hello.Lane))
                    return gathering;
                if (compared <= 0)
                    throw new PeerProtocolException(
                        $"lane {hello.Lane} does not fit the others being connected");
                gathering.Abandon();
            }
            else if (_current is { HasEnded: false } session
                && order.CompareTo((session.Hello.Incarnation, session.Number)) <= 0)
            {
                throw new PeerProtocolException($"lane {hello.Lane} is older than the one that is connected");
            }

            _gathering = new PeerGathering(hello.Peer, hello.Session);
            _gathering.TryReserve(hello.Lane);
            return _gathering;
        }
    }

    /// <summary>A lane of a gathering is ready for messages; with the last one the session starts.</summary>
    public void Join(
        PeerGathering gathering, PeerLane lane, PeerWire wire,
        Func<IReadOnlyList<PeerWire>, PeerSession> start)
    {
        lock (_gate)
        {
            if (_gathering != gathering || gathering.Add(lane, wire) is not { } wires)
                return;
            _gathering = null;
            gathering.Complete(RunLocked(start(wires)));
        }
    }

    /// <summary>A lane of a gathering failed, so the others are of no use.</summary>
    public void Abandon(PeerGathering gathering)
    {
        lock (_gate)
        {
            if (_gathering == gathering)
                _gathering = null;
            gathering.Abandon();
        }
    }

    /// <summary>Makes a session the current one, in place of the one before.</summary>
    /// <returns>Its end.</returns>
    public Task RunAsync(PeerSession session)
    {
        lock (_gate)
            return RunLocked(session);
    }

    /// <summary>Ends the session, and those to come.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _stopped = true;
            _gathering?.Abandon();
            _gathering = null;
            _current?.End("this node is stopping");
        }
    }

    /// <summary>Logs why there is no connection, once while the reason stays the same.</summary>
    public void Report(string reason)
    {
        lock (_gate)
        {
            if (_reported == reason)
                return;
            _reported = reason;
        }

        PeerTrace.NoConnection(logger, peer, reason);
    }

    private Task RunLocked(PeerSession session)
    {
        _current?.End("replaced by a newer connection");
        _current = session;
        _reported = null;
        if (_stopped)
            session.End("this node is stopping");
        Task previous = _ended;
        // Not here: the session calls the handler, which must not find the lock taken.
        _ended = Task.Run(() => session.RunAsync(previous));
        return _ended;
    }
}
