using Cmq.MultiProtocol.Core.Cluster;

namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>A turn of a connection's loop. What it publishes and settles goes to the groups when the turn is over: sent
/// with the first word, a client's burst would travel as a batch of one message, and the rest would wait for its answer.
/// There is one per thread; without one everything goes at once.</summary>
public sealed class BrokerTurn
{
    [ThreadStatic]
    private static BrokerTurn? t_turn;

    private readonly List<LaneSender> _lanes = [];
    private bool _isOpen;

    private BrokerTurn()
    {
    }

    /// <summary>A turn begins on this thread; it ends on it, too.</summary>
    public static BrokerTurn Begin()
    {
        BrokerTurn turn = t_turn ??= new BrokerTurn();
        turn._isOpen = true;
        return turn;
    }

    /// <summary>Sends what was held back.</summary>
    public void End()
    {
        _isOpen = false;
        foreach (LaneSender lane in _lanes)
            lane.TurnEnded();
        // As many as there are groups at most: a lane is here once.
        _lanes.Clear();
    }

    /// <summary>Has the lane told of the turn's end.</summary>
    /// <returns>False: there is no turn on this thread.</returns>
    internal static bool TryAdd(LaneSender lane)
    {
        if (t_turn is not { _isOpen: true } turn)
            return false;
        turn._lanes.Add(lane);
        return true;
    }
}
