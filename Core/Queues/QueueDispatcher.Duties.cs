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

    private readonly Queue<long> _duties = new();
    private readonly HashSet<long> _dutiesInFlight = [];

    /// <summary>Bodies of messages that somebody listens to in memory and that are in flight, in bytes; what is
    /// more is not heard.</summary>
    private const long MaxHeardBytes = 64L * 1024 * 1024;

    private readonly Dictionary<long, (RouteWish Wish, StoredMessage Message)> _dutiesHeard = [];
    private long _heardBytes;

    private void RouteDuties()
    {
        while (_dutiesInFlight.Count < MaxDutiesInFlight && CanPropose && _duties.TryDequeue(out long number))
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
        IReadOnlyList<RouteTarget> targets = _output.Route(wish, message);

        var local = new List<QueueId>();
        var remote = new SortedDictionary<int, List<QueueId>>();
        foreach (RouteTarget target in targets)
        {
            if (overlay is not null && DeathHistory.IsCycle(overlay.Deaths, target.Queue))
                continue;
            if (target.Group == _machine.Group)
            {
                local.Add(target.Id);
                continue;
            }

            if (!remote.TryGetValue(target.Group.Value, out List<QueueId>? queues))
                remote.Add(target.Group.Value, queues = []);
            queues.Add(target.Id);
        }

        var remoteTargets = new List<RemoteTargets>(remote.Count);
        foreach ((int group, List<QueueId> queues) in remote)
            remoteTargets.Add(new RemoteTargets(new GroupId(group), [.. queues]));
        UnitRef body = QueueUnits.BodyOf(_output.Units, duty.Unit);
        var command = new ArrayBufferWriter<byte>();
        QueueCommandWriter.RouteDuty(
            command,
            duty.Number,
            body,
            message.Body.Length,
            // A moved message has lost its own time to live at its death; a shown one begins with it now.
            overlay is null ? message.TtlMs ?? -1 : -1,
            wish.TagHash ?? TagHash.OfKey(wish.Key),
            CollectionsMarshal.AsSpan(local),
            remoteTargets,
            overlay,
            FindLastValue(wish));
        Propose(command);
        StoredMessage moved = message with { Overlay = overlay };
        if (_heardBytes + moved.Body.Length <= MaxHeardBytes && _output.IsListenedTo(wish, moved))
        {
            _dutiesHeard.Add(duty.Number, (wish, moved));
            _heardBytes += moved.Body.Length;
        }
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
        _dutiesInFlight.Clear();
        _dutiesHeard.Clear();
        _heardBytes = 0;
    }
}
