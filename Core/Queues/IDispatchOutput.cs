using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>
/// What the dispatcher asks of the group's thread. None of it calls back into the dispatcher.
/// </summary>
public interface IDispatchOutput
{
    /// <summary>Proposes a command without a lane.</summary>
    /// <param name="command">The memory may be kept.</param>
    /// <returns>False: not now; the dispatcher asks again. True: it is applied, or this leadership is
    /// over.</returns>
    bool Propose(ReadOnlyMemory<byte> command);

    /// <summary>Hands a message to an eager consumer.</summary>
    void Deliver(in DispatchedMessage message);

    /// <summary>Answers a request; exactly once, but for one whose connection or node is gone.</summary>
    void Respond(RequestId request, in QueueResponse response);

    /// <summary>What this node has of the directory is not too old to route by; else duties wait.</summary>
    bool KnowsRoutes { get; }

    /// <summary>Routes a dead letter, or a parked message that is shown, by this node's snapshot of the
    /// directory.</summary>
    /// <param name="wish">Where it is to go.</param>
    /// <param name="message">For its headers.</param>
    IReadOnlyList<RouteTarget> Route(in RouteWish wish, StoredMessage message);

    /// <summary>Where the last value is that a parked message changes when it is shown.</summary>
    /// <param name="wish">One that changes a last value.</param>
    /// <returns>Null when its topic is gone.</returns>
    LastValueTarget? FindLastValue(in RouteWish wish);

    /// <summary>Whether anyone listens in memory where a duty's message goes.</summary>
    /// <param name="wish">Where it is to go.</param>
    /// <param name="message">With the overlay that it now has.</param>
    bool IsListenedTo(in RouteWish wish, StoredMessage message);

    /// <summary>A duty's message went its way: who listens there in memory hears it.</summary>
    /// <param name="wish">Where it went.</param>
    /// <param name="message">With the overlay that it now has.</param>
    void Hear(in RouteWish wish, StoredMessage message);

    /// <summary>Stored commands of the group, through the store when needed.</summary>
    IUnitReader Units { get; }
}
