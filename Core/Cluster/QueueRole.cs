using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Metadata;
using Cmq.MultiProtocol.Core.Queues;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>What the leader of a group with queues does: runs the dispatcher, and carries what it hands out.</summary>
internal sealed class QueueRole(GroupState state, NodeServices services, BrokerNode node) : GroupRole, IDispatchOutput
{
    private readonly QueueMachine _machine = (QueueMachine)state.Machine;
    private readonly DeliveryOutbox _deliveries = new(services, node);
    private QueueDispatcher? _dispatcher;

    public IUnitReader Units => Host.Units;

    public override long? NextDeadlineMs => _dispatcher?.NextDeadlineMs;

    public override void Activate(long nowMs)
    {
        _dispatcher = new QueueDispatcher(_machine, this, node.Limits);
        _dispatcher.BecomeLeader(nowMs, LiveNodes());
    }

    public override void Deactivate()
    {
        _dispatcher?.StepDown();
        _dispatcher = null;
    }

    public override void Applied(long nowMs) => _dispatcher?.OnApplied(nowMs);

    public override void Handle(in NodeRequest request, long nowMs)
    {
        // A life that is over may not know it yet (its node slept): what it were given now nobody would take back.
        if (state.IsGone(request.From))
            return;
        var id = new RequestId(request.From, request.Number);
        switch (request.Body)
        {
            case NodeHoldings holdings:
                _dispatcher!.Announce(holdings.ToAnnouncement(request.From), nowMs);
                break;
            case QueueAsk ask:
                _dispatcher!.Handle(Translate(id, ask), nowMs);
                break;
            default:
                throw new InvariantException($"a queue's leader is not asked for {request.Body.GetType().Name}");
        }
    }

    public override void PeerDisconnected(NodeId peer)
    {
        // What was on its way to the node may be lost: nothing more goes there before it has said what it holds.
        if (node.Directory.FindNode(peer) is { } live)
            _dispatcher!.NodeSilent(live.Incarnation);
    }

    public override void Advance(long nowMs) => _dispatcher!.Advance(nowMs);

    public override void Pump(long nowMs)
    {
        _dispatcher!.Pump(nowMs);
        foreach (NodeIncarnation overrun in _deliveries.Flush(Host.Group))
            _dispatcher.NodeSilent(overrun);
    }

    public bool Propose(ReadOnlyMemory<byte> command) => Host.Propose(command.Span);

    public void Deliver(in DispatchedMessage message) =>
        _deliveries.Add(message.Consumer.Connection, ToDelivery(message));

    public void Respond(RequestId request, in QueueResponse response) => node.Respond(
        request.Node,
        Host.Group,
        request.Number,
        new QueueSaid(
            response.Reply, response.Count, response.Status, [.. response.Messages.Select(one => ToDelivery(one))]));

    public IReadOnlyList<RouteTarget> Route(
        NamespaceId ns, string topic, string key, IReadOnlyList<string> moreKeys, StoredMessage message)
    {
        DirectorySnapshot directory = node.Directory;
        if (directory.FindTopic(ns, topic) is not { } info)
            return [];
        List<QueueInfo> targets = [];
        IRoutingHeaders? headers = node.PropertyReader(message.Format)?.ReadHeaders(message.Properties);
        directory.Route(info, key, moreKeys, null, headers, targets);
        return [.. targets.Select(target => new RouteTarget(target.Group, target.Id, target.Name))];
    }

    /// <summary>Whose word on what they hold is awaited. This node's copy of the directory may be behind the group, so
    /// the group's own knowledge counts: who is gone for it has nothing more to say, and who sent it something, as
    /// everyone did who holds a message, may hold it still.</summary>
    private HashSet<NodeIncarnation> LiveNodes()
    {
        // A local group begins empty.
        if (state.Group.IsLocal)
            return [];
        return [.. node.Directory.Nodes.Select(live => live.Incarnation).Where(life => !state.IsGone(life)),
            .. state.LiveNodes];
    }

    private Delivery ToDelivery(in DispatchedMessage message) => new(
        message.Consumer.Number,
        message.Queue,
        message.Sequence,
        message.Redelivered,
        message.DeliveryCount,
        message.Receipt,
        message.FirstCheckOutMs,
        message.DeadlineMs,
        QueueUnits.Read(_machine, Units, message.Unit));

    private static QueueRequest Translate(RequestId id, QueueAsk ask) => ask switch
    {
        QueueAsk.Status status => new QueueRequest.Status(id, ask.Queue, status.Touch),
        QueueAsk.Get get => new QueueRequest.Get(id, ask.Queue, get.Connection, get.AutoSettle),
        QueueAsk.Receive receive => new QueueRequest.Receive(
            id, ask.Queue, receive.Connection, receive.Max, receive.WaitMs),
        QueueAsk.CancelReceive cancel => new QueueRequest.CancelReceive(id with { Number = cancel.Number }, ask.Queue),
        QueueAsk.Credit credit => new QueueRequest.Credit(id, ask.Queue, credit.Consumer, credit.Granted),
        QueueAsk.Purge => new QueueRequest.Purge(id, ask.Queue),
        QueueAsk.Delete delete => new QueueRequest.Delete(id, ask.Queue, delete.IfUnused, delete.IfEmpty),
        QueueAsk.Rewind rewind => new QueueRequest.Rewind(id, ask.Queue, rewind.FromMs),
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
