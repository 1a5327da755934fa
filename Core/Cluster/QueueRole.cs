using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Metadata;
using Cmq.MultiProtocol.Core.Queues;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>What the leader of a group with queues does: runs the dispatcher, and carries what it hands out.</summary>
internal sealed class QueueRole(
    GroupState state, NodeServices services, BrokerNode node, IReadOnlyList<RolePart> parts) : GroupRole, IDispatchOutput
{
    private const long AskAgainMs = 1_000;

    private readonly QueueMachine _machine = (QueueMachine)state.Machine;
    private readonly DeliveryOutbox _deliveries = new(services, node);

    /// <summary>Nodes whose announcement is awaited.</summary>
    private readonly Dictionary<NodeIncarnation, Unheard> _unheard = [];

    /// <summary>Gets that were taken up: unlike every other request a get that is repeated takes another message.</summary>
    private readonly RecentRequests _gets = new();
    private QueueDispatcher? _dispatcher;

    /// <summary>Of what is handed out now.</summary>
    private DeliveryFence _fence;

    public IUnitReader Units => Host.Units;

    public override long? NextDeadlineMs
    {
        get
        {
            long? nextMs = _dispatcher?.NextDeadlineMs;
            foreach (RolePart part in parts)
            {
                if (part.NextDeadlineMs is { } partMs && !(nextMs <= partMs))
                    nextMs = partMs;
            }

            return nextMs;
        }
    }

    public override void Attach(GroupHost host)
    {
        base.Attach(host);
        foreach (RolePart part in parts)
            part.Attach(host);
    }

    public override void Activate(long nowMs)
    {
        List<NodeIncarnation> holders = FindHolders();
        _fence = new DeliveryFence(Host.Term, 1);
        foreach (NodeIncarnation holder in holders)
            _unheard[holder] = new Unheard(_fence, null);
        _dispatcher = new QueueDispatcher(_machine, this, node.Limits);
        _dispatcher.BecomeLeader(nowMs, holders);
        foreach (RolePart part in parts)
            part.Activate(nowMs);
    }

    public override void Deactivate()
    {
        foreach (RolePart part in parts)
            part.Deactivate();
        _gets.Clear();
        _dispatcher?.StepDown();
        _dispatcher = null;
        _unheard.Clear();
    }

    public override void Applied(long nowMs)
    {
        if (_dispatcher is null)
            return;
        _dispatcher.OnApplied(nowMs);
        foreach (RolePart part in parts)
            part.Applied(nowMs);
    }

    public override void Handle(in NodeRequest request, long nowMs)
    {
        // A life that is over may not know it yet (its node slept): what it were given now nobody would take back.
        if (state.IsGone(request.From))
            return;
        var id = new RequestId(request.From, request.Number);
        switch (request.Body)
        {
            case var _ when Host.IsGone(request.From):
                Refuse(request);
                break;
            case NodeHoldings holdings when IsAwaited(request.From, holdings):
                Hear(request.From, request.AfterBatch, holdings, nowMs);
                break;
            case NodeHoldings holdings:
                // Not asked for: what is on its way to the node is not in it. Credit is a total, and cannot be wrong.
                foreach (NodeHoldings.Consumer one in holdings.Consumers)
                    _dispatcher!.Handle(new QueueRequest.Credit(id, one.Queue, one.Key, one.Granted), nowMs);
                break;
            case PartAsk ask:
                PartOf(ask).Handle(request, ask.Body, nowMs);
                break;
            case QueueAsk.Get when !_gets.TryAdd(id):
                // A repetition that the first one has overtaken; who asked gets that one's answer.
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
            Silence(live.Incarnation);
    }

    public override void Refuse(in NodeRequest request)
    {
        if (request.Number == 0)
            return;
        object said = request.Body is PartAsk
            ? new PartSaid(Reply.Unavailable, default)
            : new QueueSaid(Reply.Unavailable, 0, default, []);
        node.Respond(request.From, Host.Group, request.Number, said);
    }

    public override void Advance(long nowMs)
    {
        _dispatcher!.Advance(nowMs);
        foreach (RolePart part in parts)
            part.Advance(nowMs);
        if (_unheard.Count > 0)
            AskUnheard();
    }

    public override void Pump(long nowMs)
    {
        _dispatcher!.Pump(nowMs);
        IReadOnlyList<NodeIncarnation> overrun = _deliveries.Flush(Host.Group);
        foreach (NodeIncarnation life in overrun)
            Silence(life);
        if (overrun.Count > 0)
            AskUnheard();
    }

    public bool Propose(ReadOnlyMemory<byte> command) => Host.Propose(command.Span);

    public void Deliver(in DispatchedMessage message) =>
        _deliveries.Add(Host.Group, _fence, message.Consumer.Connection, ToDelivery(message));

    public void Respond(RequestId request, in QueueResponse response)
    {
        var said = new QueueSaid(
            response.Reply,
            response.Count,
            response.Status,
            [.. response.Messages.Select(one => ToDelivery(one))],
            response.Messages is [{ Receipt: 0 } got] ? got.Consumer.Connection.Number : 0,
            _fence);
        // A check-out with a receipt was logged; a message without one, or that there is none, is this leader's word.
        if (response.Messages is [{ Receipt: > 0 }, ..])
            node.Respond(request.Node, Host.Group, request.Number, said);
        else
            Host.WhenConfirmed(() => node.Respond(request.Node, Host.Group, request.Number, said));
    }

    /// <summary>A declaration is answered when all nodes with a lease route by it. One without, as just after a start,
    /// may not have heard of the queue that a dead letter is for, and would drop it.</summary>
    public bool KnowsRoutes => node.IsReady;

    public IReadOnlyList<RouteTarget> Route(in RouteWish wish, StoredMessage message)
    {
        DirectorySnapshot directory = node.Directory;
        if (directory.FindTopic(wish.Namespace, wish.Topic) is not { } info)
            return [];
        List<QueueInfo> targets = [];
        IRoutingHeaders? headers = node.PropertyReader(message.Format)?.ReadHeaders(message.Properties);
        var choice = new PartitionChoice(wish.Partition, wish.OrderingKey, node.PartitionTurns);
        directory.Route(info, wish.Key, wish.MoreKeys, wish.HiddenKeys, headers, targets, choice);
        if (!message.Persistent)
            targets.RemoveAll(static target => target.Settings.PersistentOnly);
        return [.. targets.Select(target => new RouteTarget(target.Group, target.Id, target.Name))];
    }

    public LastValueTarget? FindLastValue(in RouteWish wish)
    {
        DirectorySnapshot directory = node.Directory;
        return directory.FindTopic(wish.Namespace, wish.Topic) is { } info
            ? new LastValueTarget(directory.GroupOf(info.Id, wish.Key), info.Id)
            : null;
    }

    public bool IsListenedTo(in RouteWish wish, StoredMessage message) =>
        TopicsOf(wish, message) is { } topics
        && node.Subscriptions.IsListenedTo(message, wish.HiddenKeys, topics);

    public void Hear(in RouteWish wish, StoredMessage message)
    {
        if (TopicsOf(wish, message) is { } topics)
            node.Subscriptions.Hear(message, wish.HiddenKeys, topics);
    }

    /// <summary>The topics that a message visits; null when nobody listens to anything.</summary>
    private List<TopicId>? TopicsOf(in RouteWish wish, StoredMessage message)
    {
        DirectorySnapshot directory = node.Directory;
        if (node.Subscriptions.Table.IsEmpty || directory.FindTopic(wish.Namespace, wish.Topic) is not { } info)
            return null;
        List<TopicId> topics = [];
        IRoutingHeaders? headers = node.PropertyReader(message.Format)?.ReadHeaders(message.Properties);
        directory.Route(info, wish.Key, wish.MoreKeys, wish.HiddenKeys, headers, [], topics: topics);
        return topics;
    }

    /// <summary>Nodes that may hold something: those with consumers here, those that ever sent the group something, as
    /// everyone did who holds a message, and all that the directory counts as live. Of a life that the group knows to be
    /// over no word will come.</summary>
    private List<NodeIncarnation> FindHolders()
    {
        // A local group is as young as its leader.
        if (Host.Group.IsLocal)
            return [];
        IEnumerable<NodeIncarnation> attached = _machine.Queues
            .SelectMany(queue => queue.Consumers)
            .Select(consumer => consumer.Key.Connection.Owner);
        return
        [
            .. node.Directory.Nodes.Select(live => live.Incarnation)
                .Union(attached)
                .Union(state.LiveNodes)
                .Where(life => !state.IsGone(life)),
        ];
    }

    private bool IsAwaited(NodeIncarnation from, NodeHoldings holdings) =>
        _unheard.TryGetValue(from, out Unheard unheard) && unheard.Fence == holdings.Fence;

    private void Hear(NodeIncarnation from, long asOf, NodeHoldings holdings, long nowMs)
    {
        // Of before what the lane has settled since: what it still has as held may be back in the queue by now.
        if (state.LastOf(LaneSource.Of(from)) > asOf)
        {
            _unheard[from] = _unheard[from] with { AskedMs = null };
            return;
        }

        _unheard.Remove(from);
        _dispatcher!.Announce(holdings.ToAnnouncement(from), nowMs);
    }

    private RolePart PartOf(PartAsk ask) => parts.FirstOrDefault(part => part.Number == ask.Part)
        ?? throw new InvariantException($"no part of a group has the number {ask.Part}");

    private void Silence(NodeIncarnation life)
    {
        _dispatcher!.NodeSilent(life);
        _fence = _fence with { Round = _fence.Round + 1 };
        _unheard[life] = new Unheard(_fence, null);
    }

    /// <summary>As soon as a node can be asked. An announcement, or the word that one is wanted, can be lost; without it
    /// messages would stay back for ever.</summary>
    private void AskUnheard()
    {
        long now = services.Time.MonotonicMs();
        foreach ((NodeIncarnation life, Unheard unheard) in _unheard.ToList())
        {
            if (Host.IsGone(life))
                _unheard.Remove(life);
            else if (unheard.IsDue(now) && node.AskToAnnounce(life.Node, Host.Group, unheard.Fence))
                _unheard[life] = unheard with { AskedMs = now };
        }
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

    /// <param name="Fence">What the announcement must name.</param>
    /// <param name="AskedMs">When it was asked last, monotonic ms; null: not yet.</param>
    private readonly record struct Unheard(DeliveryFence Fence, long? AskedMs)
    {
        public bool IsDue(long nowMs) => AskedMs is not { } askedMs || nowMs - askedMs >= AskAgainMs;
    }
}
