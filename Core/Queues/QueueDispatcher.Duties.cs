using System.Buffers;
using System.Runtime.InteropServices;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>
/// Routes dead letters, and parked messages that are shown, by the node's snapshot of the directory; the outcome goes
/// through the log.
/// </summary>
public sealed partial class QueueDispatcher
{
    /// <summary>Duties whose routing is proposed and not applied, a count.</summary>
    private const int MaxDutiesInFlight = 256;

    /// <summary>While the node cannot route it is asked again after this long, ms.</summary>
    private const int RouteAgainMs = 50;

    /// <summary>Targets, a count, of a duty whose command would fit no entry with all of them.</summary>
    private const int MaxTargetsWhenTooMany = 131_072;

    /// <summary>Targets of one move to another group, a count: the command that comes of it has the message itself,
    /// too.</summary>
    private const int MaxTargetsPerMove = 131_072;

    private readonly Queue<long> _duties = new();
    private readonly HashSet<long> _dutiesInFlight = [];

    /// <summary>Bodies of messages that somebody listens to in memory and that are in flight, in bytes; what is
    /// more is not heard.</summary>
    private const long MaxHeardBytes = 64L * 1024 * 1024;

    private readonly Dictionary<long, (RouteWish Wish, StoredMessage Message)> _dutiesHeard = [];
    private long _heardBytes;

    /// <summary>Duties wait until the node knows where they go.</summary>
    private bool _routesLater;

    private void RouteDuties()
    {
        _routesLater = _duties.Count > 0 && !_output.KnowsRoutes;
        while (!_routesLater && _dutiesInFlight.Count < MaxDutiesInFlight && CanPropose && _duties.TryDequeue(out long number))
        {
            if (_machine.Duties.TryGetValue(number, out Duty? duty) && _dutiesInFlight.Add(number))
                Route(duty);
        }
    }

    private void Route(Duty duty)
    {
        StoredMessage message = QueueUnits.Read(_machine, _output.Units, duty.Unit);
        Overlay? overlay = duty.Death is { } death ? DeathHistory.Add(message, death) : null;
        RouteWish wish = overlay is null
            ? ParkHead.Of(_output.Units.ReadCommand(duty.Unit)).ToWish(message)
            : new RouteWish(duty.Namespace, overlay.Topic, overlay.RoutingKey, overlay.MoreKeys);
        List<RouteTarget> targets = [.. _output.Route(wish, message)];
        if (overlay is not null)
            targets.RemoveAll(target => DeathHistory.IsCycle(overlay.Deaths, target.Queue));
        Propose(RouteOf(duty, message, wish, overlay, targets));
        StoredMessage moved = message with { Overlay = overlay };
        if (_heardBytes + moved.Body.Length <= MaxHeardBytes && _output.IsListenedTo(wish, moved))
        {
            _dutiesHeard.Add(duty.Number, (wish, moved));
            _heardBytes += moved.Body.Length;
        }
    }

    /// <summary>The command that ends the duty: with all that there is to say, or else with as much as an entry has room
    /// for. A duty that fits none would come again with every leader.</summary>
    private ArrayBufferWriter<byte> RouteOf(
        Duty duty, StoredMessage message, in RouteWish wish, Overlay? overlay, List<RouteTarget> targets)
    {
        LastValueMove? lastValue = FindLastValue(wish);
        int tag = wish.TagHash ?? TagHash.OfKey(wish.Key);
        ArrayBufferWriter<byte> command = WriteRoute(duty, message, tag, overlay, targets, lastValue);
        if (Fits(command))
            return command;
        Overlay? shorter = overlay is null ? null : DeathHistory.Shorten(overlay);
        command = WriteRoute(duty, message, tag, shorter, targets, lastValue);
        if (Fits(command))
            return command;
        List<RouteTarget> fewer = [.. targets.Take(MaxTargetsWhenTooMany)];
        command = WriteRoute(duty, message, tag, shorter, fewer, lastValue);
        return Fits(command) ? command : WriteRoute(duty, message, tag, overlay: null, [], lastValue: null);

        static bool Fits(ArrayBufferWriter<byte> command) => command.WrittenCount <= BatchBuilder.MaxCommandBytes;
    }

    private ArrayBufferWriter<byte> WriteRoute(
        Duty duty,
        StoredMessage message,
        int tag,
        Overlay? overlay,
        List<RouteTarget> targets,
        LastValueMove? lastValue)
    {
        var local = new List<QueueId>();
        var remote = new SortedDictionary<int, List<QueueId>>();
        foreach (RouteTarget target in targets)
        {
            if (target.Group == _machine.Group)
            {
                local.Add(target.Id);
                continue;
            }

            if (!remote.TryGetValue(target.Group.Value, out List<QueueId>? queues))
                remote.Add(target.Group.Value, queues = []);
            queues.Add(target.Id);
        }

        var command = new ArrayBufferWriter<byte>();
        QueueCommandWriter.RouteDuty(
            command,
            duty.Number,
            QueueUnits.BodyOf(_output.Units, duty.Unit),
            message.Body.Length,
            // A moved message has lost its own time to live at its death; a shown one begins with it now.
            duty.Death is null ? message.TtlMs ?? -1 : -1,
            tag,
            CollectionsMarshal.AsSpan(local),
            [
                .. remote.SelectMany(
                    static one => one.Value.Chunk(MaxTargetsPerMove),
                    static (one, part) => new RemoteTargets(new GroupId(one.Key), part)),
            ],
            overlay,
            lastValue);
        return command;
    }

    private LastValueMove? FindLastValue(in RouteWish wish) =>
        wish.LastValue != LastValueChange.None && _output.FindLastValue(wish) is { } target
            ? new LastValueMove(wish.LastValue, target, wish.Key)
            : null;

    private void EndDuty(long number)
    {
        // Not before: what a leader proposed may be lost with it, and its successor proposes it again.
        if (_dutiesHeard.Remove(number, out (RouteWish Wish, StoredMessage Message) heard))
        {
            _heardBytes -= heard.Message.Body.Length;
            _output.Hear(heard.Wish, heard.Message);
        }

        _dutiesInFlight.Remove(number);
        TouchStopped();
    }

    private void ForgetDuties()
    {
        _duties.Clear();
        _routesLater = false;
        _dutiesInFlight.Clear();
        _dutiesHeard.Clear();
        _heardBytes = 0;
    }
}
