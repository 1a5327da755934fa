using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Simulation.Plants;
using Cmq.MultiProtocol.Simulation.Worlds;

namespace Cmq.MultiProtocol.Simulation.Network;

/// <summary>
/// Connections as the real transport promises them: messages of a lane arrive in order or, when the connection breaks,
/// are lost from some point on; lanes overtake each other; a silent peer is given up after a while; whoever lost a
/// connection gets a new one when the way is free. Raft asks for less than that, and gets less: within a connection its
/// messages may come twice, and out of turn.
/// </summary>
internal sealed class SimulatedNetwork(Agenda agenda, Trace trace, Dice dice, ISimulatedHosts hosts, Plant plant)
{
    private const long RedialUs = 300_000;
    private const long MaxSilenceUs = 5_000_000;
    private const long WatchEveryUs = 250_000;
    private const long HandshakeUs = 3_000;

    private readonly Dice _repeats = dice.Fork("repeats");
    private readonly Dice _strays = dice.Fork("strays");
    private readonly Dictionary<NodeId, SimulatedTransport> _transports = [];
    private readonly Dictionary<(NodeId Low, NodeId High), PeerSession> _sessions = [];
    private readonly HashSet<(NodeId From, NodeId To)> _blocked = [];
    private readonly Dictionary<(NodeId Low, NodeId High), int> _ending = [];

    public NetworkWeather Weather { get; set; } = NetworkWeather.Fair;

    /// <summary>Where what happens now comes from, and when it was sent there; null: from no other node.</summary>
    public (NodeId From, long SentUs)? Current { get; set; }

    public long Delivered { get; private set; }

    public long Lost { get; private set; }

    public int Breaks { get; private set; }

    /// <summary>Raft messages that were sent on their way twice.</summary>
    public long Repeated { get; private set; }

    /// <summary>Raft messages that did not keep to their lane's turn.</summary>
    public long Strayed { get; private set; }

    public IPeerTransport Join(NodeId node, int life, IPeerHandler handler)
    {
        var transport = new SimulatedTransport(this, node, life, handler);
        _transports[node] = transport;
        foreach (NodeId other in _transports.Keys.Where(id => id != node).OrderBy(id => id.Value).ToList())
            agenda.After(dice.Between(1_000, RedialUs), () => Dial(node, other));
        return transport;
    }

    /// <summary>That life of a node is over; its peers hear of it at once, or only by its silence.</summary>
    public void Leave(SimulatedTransport transport, bool silently = false)
    {
        if (_transports.GetValueOrDefault(transport.Node) == transport)
            _transports.Remove(transport.Node);
        foreach (PeerSession session in SessionsOf(transport.Node))
        {
            NodeEnd own = session.EndOf(transport.Node);
            own.IsBroken = true;
            own.IsUp = false;
            if (silently)
                session.OtherEnd(transport.Node).SilentSinceUs ??= agenda.NowUs;
            else
                Break(session);
        }
    }

    public void Crash(NodeId node, bool silently)
    {
        if (_transports.TryGetValue(node, out SimulatedTransport? transport))
            Leave(transport, silently);
    }

    /// <summary>Nothing passes from one to the other until <see cref="Unblock"/>; it is held back, not lost.</summary>
    public void Block(NodeId from, NodeId to) => _blocked.Add((from, to));

    public void Unblock(NodeId from, NodeId to)
    {
        if (!_blocked.Remove((from, to)) || Session(from, to) is not { } session)
            return;
        NodeEnd end = session.EndOf(to);
        agenda.After(Weather.MinDelayUs, () => Drain(from, end));
    }

    public void UnblockAll()
    {
        foreach ((NodeId from, NodeId to) in _blocked.OrderBy(way => (way.From.Value, way.To.Value)).ToList())
            Unblock(from, to);
    }

    public void BreakBetween(NodeId one, NodeId other)
    {
        if (Session(one, other) is { } session)
            Break(session);
    }

    /// <summary>One side ends the connection.</summary>
    public void Reset(SimulatedTransport from, NodeId peer)
    {
        if (_transports.GetValueOrDefault(from.Node) == from && Session(from.Node, peer) is { } session
            && session.EndOf(from.Node).IsUp)
            agenda.After(0, () => Break(session));
    }

    public bool Send(SimulatedTransport from, NodeId to, PeerLane lane, in PeerMessage message)
    {
        if (_transports.GetValueOrDefault(from.Node) != from || Session(from.Node, to) is not { } session
            || !session.EndOf(from.Node).IsUp)
            return false;
        if (Weather.RefuseChance > 0 && dice.Chance(Weather.RefuseChance))
            return false;
        if (Weather.BreakChance > 0 && dice.Chance(Weather.BreakChance))
        {
            trace.Note(from.Node.Value, "breaks", to.Value);
            agenda.After(0, () => Break(session));
            Lost++;
            return true;
        }

        // The bytes are copied as a socket copies them: what the sender does to them later is its own affair.
        var copy = message with { Payload = message.Payload.ToArray() };
        foreach (PeerMessage one in plant.Carry(from.Node, to, copy))
        {
            var parcel = new Parcel(one, agenda.NowUs);
            if (one.Kind == (byte)PeerKind.Raft)
                CarryRaft(from.Node, session.EndOf(to), lane, parcel);
            else
                Carry(from.Node, session.EndOf(to), lane, parcel);
        }

        return true;
    }

    public PeerHello? Connected(SimulatedTransport from, NodeId peer) =>
        Session(from.Node, peer) is { } session && session.EndOf(from.Node).IsUp
            && _transports.TryGetValue(peer, out SimulatedTransport? other)
            ? other.Handler.Hello
            : null;

    /// <summary>Begins to look for silent peers.</summary>
    public void Watch() => agenda.After(WatchEveryUs, () =>
    {
        foreach (PeerSession session in _sessions.OrderBy(one => (one.Key.Low.Value, one.Key.High.Value))
            .Select(one => one.Value).ToList())
        {
            if (IsGivenUp(session, session.Low, session.High) || IsGivenUp(session, session.High, session.Low))
                Break(session);
        }

        Watch();
    });

    private bool IsGivenUp(PeerSession session, NodeEnd here, NodeEnd there)
    {
        // A frozen node notices nothing; when it goes on it has a fresh look.
        if (!here.IsUp || hosts.IsPaused(here.Node))
        {
            here.SilentSinceUs = here.IsUp ? here.SilentSinceUs : null;
            return false;
        }

        bool isHeard = !there.IsBroken && !hosts.IsPaused(there.Node) && !_blocked.Contains((there.Node, here.Node));
        here.SilentSinceUs = isHeard ? null : here.SilentSinceUs ?? agenda.NowUs;
        return agenda.NowUs - here.SilentSinceUs >= MaxSilenceUs && Session(here.Node, there.Node) == session;
    }

    private void Carry(NodeId from, NodeEnd end, PeerLane lane, Parcel parcel)
    {
        long delay = Weather.MinDelayUs + dice.Exponential(Weather.MeanDelayUs);
        if (Weather.SlowChance > 0 && dice.Chance(Weather.SlowChance))
            delay += dice.Between(0, Weather.SlowUs);
        long arrival = Math.Max(agenda.NowUs + delay, end.LastArrivalUs[(int)lane] + 1);
        end.LastArrivalUs[(int)lane] = arrival;
        agenda.At(arrival, () => Arrive(from, end, lane, parcel));
    }

    /// <summary>The engine counts on no order and no "once" (Raft's own promise), so it must bear to have neither. What
    /// else nodes say to each other does count on both, which TCP gives within a connection.</summary>
    private void CarryRaft(NodeId from, NodeEnd end, PeerLane lane, Parcel parcel)
    {
        if (Weather.RepeatChance > 0 && _repeats.Chance(Weather.RepeatChance))
        {
            Repeated++;
            PeerMessage again = parcel.Message with { Payload = parcel.Message.Payload.ToArray() };
            CarryAstray(from, end, lane, parcel with { Message = again }, _repeats);
        }

        if (Weather.StrayChance > 0 && _strays.Chance(Weather.StrayChance))
        {
            Strayed++;
            CarryAstray(from, end, lane, parcel, _strays);
        }
        else
        {
            Carry(from, end, lane, parcel);
        }
    }

    /// <summary>Behind nobody, and nobody behind it.</summary>
    private void CarryAstray(NodeId from, NodeEnd end, PeerLane lane, Parcel parcel, Dice chances)
    {
        long late = chances.Chance(0.5) ? 0 : chances.Between(0, Weather.StrayUs);
        agenda.After(Weather.MinDelayUs + late, () => Arrive(from, end, lane, parcel));
    }

    private void Arrive(NodeId from, NodeEnd end, PeerLane lane, Parcel parcel)
    {
        if (end.IsBroken)
        {
            Lost++;
            return;
        }

        if (_blocked.Contains((from, end.Node)) || end.Held[(int)lane].Count > 0 || !end.IsUp)
        {
            end.Held[(int)lane].Enqueue(parcel);
            return;
        }

        hosts.Run(end.Node, end.Life, () => Receive(from, end, lane, parcel));
    }

    /// <summary>Brings what was held back, in order; what came meanwhile stands behind it. One message at a time: what a
    /// node does with it happens before the next one comes, and is known to be of that one.</summary>
    private void Drain(NodeId from, NodeEnd end)
    {
        for (int lane = 0; lane < end.Held.Length && end.IsUp && !_blocked.Contains((from, end.Node)); lane++)
        {
            PeerLane which = (PeerLane)lane;
            if (!end.Held[lane].TryDequeue(out Parcel parcel))
                continue;
            hosts.Run(end.Node, end.Life, () => Receive(from, end, which, parcel));
            agenda.After(0, () => Drain(from, end));
            return;
        }
    }

    private void Receive(NodeId from, NodeEnd end, PeerLane lane, Parcel parcel)
    {
        if (end.IsBroken || !end.IsUp || !_transports.TryGetValue(end.Node, out SimulatedTransport? transport))
        {
            Lost++;
            return;
        }

        Delivered++;
        PeerMessage message = parcel.Message;
        Current = (from, parcel.SentUs);
        trace.Note(end.Node.Value, "receives", (from.Value * 1000) + message.Kind, message.Group.Value,
            unchecked((long)Fingerprint.Of(message.Payload.Span)));
        transport.Handler.Received(from, lane, message);
    }

    private void Dial(NodeId one, NodeId other)
    {
        (NodeId low, NodeId high) = one.Value < other.Value ? (one, other) : (other, one);
        if (!_transports.TryGetValue(low, out SimulatedTransport? lower)
            || !_transports.TryGetValue(high, out SimulatedTransport? higher))
            return;
        if (_sessions.TryGetValue((low, high), out PeerSession? present))
        {
            // A new life of the peer shows that the old connection is dead, before its silence does.
            if (present.Low.Life != lower.Life || present.High.Life != higher.Life)
                Break(present);
            return;
        }

        // Nobody sees two connections with one peer at once.
        bool canShakeHands = _ending.GetValueOrDefault((low, high)) == 0
            && !hosts.IsPaused(low) && !hosts.IsPaused(high)
            && !_blocked.Contains((low, high)) && !_blocked.Contains((high, low));
        if (!canShakeHands || lower.Handler.Refuse(higher.Handler.Hello) is not null
            || higher.Handler.Refuse(lower.Handler.Hello) is not null)
        {
            agenda.After(dice.Between(RedialUs / 2, RedialUs * 3), () => Dial(one, other));
            return;
        }

        var session = new PeerSession(new NodeEnd(low, lower.Life), new NodeEnd(high, higher.Life));
        _sessions.Add((low, high), session);
        Open(session.Low, higher.Handler.Hello);
        Open(session.High, lower.Handler.Hello);
    }

    private void Open(NodeEnd end, PeerHello peer) => agenda.After(
        dice.Between(0, HandshakeUs),
        () => hosts.Run(end.Node, end.Life, () =>
        {
            if (end.IsBroken || !_transports.TryGetValue(end.Node, out SimulatedTransport? transport))
                return;
            end.IsUp = true;
            trace.Note(end.Node.Value, "connected", peer.Node.Value);
            transport.Handler.PeerConnected(peer);
            Drain(peer.Node, end);
        }));

    private void Break(PeerSession session)
    {
        var key = (session.Low.Node, session.High.Node);
        if (_sessions.GetValueOrDefault(key) != session)
            return;
        _sessions.Remove(key);
        Breaks++;
        trace.Note(0, "broken", key.Item1.Value, key.Item2.Value);
        _ending[key] = _ending.GetValueOrDefault(key) + 2;
        End(session.Low, session.High.Node, key);
        End(session.High, session.Low.Node, key);
        agenda.After(dice.Between(RedialUs / 10, RedialUs), () => Dial(key.Item1, key.Item2));
    }

    /// <summary>A side reads on for a moment what has come, and then hears of the end.</summary>
    private void End(NodeEnd end, NodeId peer, (NodeId, NodeId) key) =>
        agenda.After(dice.Between(0, 2 * HandshakeUs), () =>
        {
            _ending[key]--;
            end.IsBroken = true;
            hosts.Run(end.Node, end.Life, () =>
            {
                if (!end.IsUp)
                    return;
                end.IsUp = false;
                if (_transports.TryGetValue(end.Node, out SimulatedTransport? transport))
                    transport.Handler.PeerDisconnected(peer);
            });
        });

    private List<PeerSession> SessionsOf(NodeId node) => _sessions
        .Where(one => one.Key.Low == node || one.Key.High == node)
        .OrderBy(one => (one.Key.Low.Value, one.Key.High.Value))
        .Select(one => one.Value)
        .ToList();

    private PeerSession? Session(NodeId one, NodeId other) =>
        _sessions.GetValueOrDefault(one.Value < other.Value ? (one, other) : (other, one));
}
