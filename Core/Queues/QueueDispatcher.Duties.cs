using System.Buffers;
using System.Runtime.InteropServices;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>
/// Routes dead letters by the node's snapshot of the directory; the outcome goes through the log.
/// </summary>
public sealed partial class QueueDispatcher
{
    /// <summary>Dead letters whose routing is proposed and not applied, a count.</summary>
    private const int MaxDutiesInFlight = 256;

    private readonly Queue<long> _duties = new();
    private readonly HashSet<long> _dutiesInFlight = [];

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
        Overlay overlay = DeathHistory.Add(message, duty);
        IReadOnlyList<RouteTarget> targets =
            _output.Route(duty.Namespace, overlay.Topic, overlay.RoutingKey, overlay.MoreKeys, message);

        var local = new List<QueueId>();
        var remote = new SortedDictionary<int, List<QueueId>>();
        foreach (RouteTarget target in targets)
        {
            if (DeathHistory.IsCycle(overlay.Deaths, target.Queue))
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
            CollectionsMarshal.AsSpan(local),
            remoteTargets,
            overlay);
        Propose(command);
    }

    private void EndDuty(long number)
    {
        _dutiesInFlight.Remove(number);
        TouchStopped();
    }

    private void ForgetDuties()
    {
        _duties.Clear();
        _dutiesInFlight.Clear();
    }
}
