using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>
/// The leader's memory of a group of queues: what is ready, who holds what eagerly, who waits. Not
/// replicated; a new leader builds it from the state and from what the nodes announce. Called on the group's
/// thread only. Times are log time, handed in.
/// </summary>
public sealed partial class QueueDispatcher
{
    /// <summary>The delivered mark moves in such steps, in messages, and ahead by half a step.</summary>
    public const long MarkStep = 4_096;

    /// <summary>Receives or gets of one queue that wait, a count; above: LimitReached.</summary>
    public const int MaxWaitingPerQueue = 65_536;

    /// <summary>
    /// Commands that could not be proposed yet; above, nothing new is handed out or dropped.
    /// </summary>
    public const int MaxUnproposed = 1_024;

    /// <summary>Ranges in one drop or return.</summary>
    public const int MaxRangesPerCommand = 4_096;

    /// <summary>Credit for consumers whose attach is not applied here yet, a count; more is lost.</summary>
    public const int MaxEarlyCredits = 65_536;

    /// <summary>While the group is under pressure, a tick looks again after this long.</summary>
    private const long PressureTickMs = 1_000;

    /// <summary>Commands that were refused are proposed again after this long.</summary>
    private const long RetryMs = 10;

    private readonly QueueMachine _machine;
    private readonly IDispatchOutput _output;
    private readonly LimitOptions _limits;
    private readonly List<QueueEffect> _effects = [];
    private readonly Dictionary<long, QueueView> _views = [];
    private readonly Dictionary<ConnectionKey, HashSet<EagerConsumer>> _connections = [];
    private readonly Dictionary<(QueueId Queue, ConsumerKey Consumer), (long Granted, long Sent)> _earlyCredits = [];
    private readonly HashSet<NodeIncarnation> _silent = [];
    private readonly HashSet<NodeIncarnation> _awaited = [];
    private readonly Queue<QueueView> _dirty = new();
    private readonly PriorityQueue<QueueView, long> _wakes = new();
    private readonly Queue<ReadOnlyMemory<byte>> _unproposed = new();
    private long _nextToken = 1;
    private bool _tickInFlight;
    private bool _wasUnderPressure;
    private long _lastTickMs;
    private long _nowMs;

    /// <param name="machine">The group's state; this object reads it and hears of what apply does.</param>
    /// <param name="output">Where proposals, messages and answers go.</param>
    /// <param name="limits">Messages that one consumer may hold.</param>
    public QueueDispatcher(QueueMachine machine, IDispatchOutput output, LimitOptions limits)
    {
        _machine = machine;
        _output = output;
        _limits = limits;
    }

    /// <summary>
    /// Some nodes have not said yet what they hold: what may have been delivered before stays back.
    /// </summary>
    public bool IsWaitingForNodes => _awaited.Count > 0;

    /// <summary>
    /// Starts from the state, which has everything that was committed before this leadership.
    /// </summary>
    /// <param name="nowMs">Log time.</param>
    /// <param name="liveNodes">Lives of nodes whose announcement is awaited.</param>
    public void BecomeLeader(long nowMs, IReadOnlyCollection<NodeIncarnation> liveNodes)
    {
        StepDown();
        _nowMs = nowMs;
        _lastTickMs = nowMs;
        _machine.Effects = _effects;
        _awaited.UnionWith(liveNodes);
        foreach (QueueState queue in _machine.Queues)
        {
            if (!queue.IsPartition)
                Add(queue);
        }

        foreach (long duty in _machine.Duties.Keys)
            _duties.Enqueue(duty);
        if (_awaited.Count == 0)
            LiftVeils();
    }

    /// <summary>
    /// Forgets everything; requests stay unanswered, their nodes send them to the next leader.
    /// </summary>
    public void StepDown()
    {
        _machine.Effects = null;
        _effects.Clear();
        _views.Clear();
        _connections.Clear();
        _earlyCredits.Clear();
        _silent.Clear();
        _awaited.Clear();
        _dirty.Clear();
        _wakes.Clear();
        _unproposed.Clear();
        _tickInFlight = false;
        ForgetRequests();
        ForgetDuties();
    }

    /// <summary>The way to a node broke: what was on it may be lost. Nothing is sent there before it has announced
    /// what it holds.</summary>
    public void NodeSilent(NodeIncarnation node)
    {
        _silent.Add(node);
        foreach (EagerConsumer consumer in ConsumersOf(node))
            consumer.IsSilent = true;
    }

    /// <summary>What a node's connections hold and how much credit they have, after a change of leader or when the way
    /// to the node was restored. What it was sent and does not hold goes back.</summary>
    public void Announce(NodeAnnouncement a, long nowMs)
    {
        _nowMs = nowMs;
        if (_silent.Remove(a.Node))
            EndSilence(a);
        foreach (AnnouncedHold held in a.Held)
        {
            if (!_views.TryGetValue(held.Queue.Value, out QueueView? view))
                continue;
            // Where an owner has come, what earlier ones hold is its already.
            if (view.State.OwnerConsumer is not null && held.Consumer.Number != 0
                && !view.State.IsAttached(held.Consumer))
                continue;
            EagerConsumer holder = ConsumerOf(view, held.Consumer);
            foreach (SequenceRange range in held.Ranges)
            {
                long end = Math.Min(range.End, view.State.NextSequence);
                for (long sequence = view.State.NextUnsettled(range.First); sequence < end;)
                {
                    TakeOver(view, holder, sequence);
                    sequence = view.State.NextUnsettled(sequence + 1);
                }
            }
        }

        foreach (AnnouncedConsumer consumer in a.Consumers)
            Grant(consumer.Queue, consumer.Consumer, consumer.Granted, consumer.Received);
        if (!_awaited.Remove(a.Node))
            return;
        if (_awaited.Count == 0)
            LiftVeils();
        else
            LiftVeilsOf(a.Node);
    }

    private void EndSilence(NodeAnnouncement a)
    {
        Dictionary<(QueueId, ConsumerKey), IReadOnlyList<SequenceRange>> holds =
            a.Held.ToDictionary(held => (held.Queue, held.Consumer), held => held.Ranges);
        foreach (EagerConsumer consumer in ConsumersOf(a.Node))
        {
            consumer.IsSilent = false;
            var lost = new List<SequenceRange>();
            consumer.Held.CopyTo(lost);
            lost = SequenceRanges.Without(lost, holds.GetValueOrDefault((consumer.View.Id, consumer.Key)) ?? []);
            if (lost.Count > 0)
                ProposeReturn(consumer.View, lost);
            Touch(consumer.View);
        }
    }

    private List<EagerConsumer> ConsumersOf(NodeIncarnation node)
    {
        var consumers = new List<EagerConsumer>();
        foreach ((ConnectionKey connection, HashSet<EagerConsumer> held) in _connections)
        {
            if (connection.Owner == node)
                consumers.AddRange(held);
        }

        return consumers;
    }

    /// <summary>That life of a node is over: what it held goes back.</summary>
    public void NodeGone(NodeIncarnation node, long nowMs)
    {
        _nowMs = nowMs;
        var closed = new List<ConnectionKey>();
        foreach (ConnectionKey connection in _connections.Keys)
        {
            if (connection.Owner == node)
                closed.Add(connection);
        }

        foreach (ConnectionKey connection in closed)
            CloseConnection(connection);
        CancelReceives(node);
        CancelGets(connection => connection.Owner == node);
        _silent.Remove(node);
        if (_awaited.Remove(node) && _awaited.Count == 0)
            LiftVeils();
    }

    /// <summary>Log time at which <see cref="Advance"/> has something to do; null = nothing is due.</summary>
    public long? NextDeadlineMs
    {
        get
        {
            long dueMs = NextReceiveDeadlineMs;
            if (_wakes.TryPeek(out _, out long wakeMs))
                dueMs = Math.Min(dueMs, wakeMs);
            if (!_tickInFlight)
                dueMs = Math.Min(dueMs, NextTickMs);
            if (_unproposed.Count > 0)
                dueMs = Math.Min(dueMs, _nowMs + RetryMs);
            if (_routesLater)
                dueMs = Math.Min(dueMs, _nowMs + RouteAgainMs);
            return dueMs == long.MaxValue ? null : dueMs;
        }
    }

    /// <summary>Does what is due by now; <see cref="Pump"/> follows.</summary>
    public void Advance(long nowMs)
    {
        _nowMs = nowMs;
        ProposeAgain();
        EndReceives();
        while (_wakes.TryPeek(out QueueView? view, out long wakeMs) && wakeMs <= nowMs)
        {
            _wakes.Dequeue();
            if (view.WakeMs != wakeMs || view.IsDeleted)
                continue;
            view.WakeMs = long.MaxValue;
            DeleteIfIdle(view);
            Touch(view);
        }

        if (!_tickInFlight && NextTickMs <= nowMs)
        {
            var command = new ArrayBufferWriter<byte>();
            QueueCommandWriter.Tick(command);
            _tickInFlight = true;
            Propose(command);
        }
    }

    /// <summary>End of a pass of the group's loop: hands out what can be handed out.</summary>
    public void Pump(long nowMs)
    {
        _nowMs = nowMs;
        ProposeAgain();
        while (_dirty.TryDequeue(out QueueView? view))
        {
            view.IsDirty = false;
            if (!view.IsDeleted)
                PumpQueue(view);
        }

        RouteDuties();
    }

    private long NextTickMs
    {
        get
        {
            long dueMs = _machine.NextTickMs ?? long.MaxValue;
            if (!_machine.IsUnderPressure)
                return dueMs;
            // What is due may be unable to move now; and only an applied command shows that the pressure has
            // gone.
            return _lastTickMs + PressureTickMs;
        }
    }

    private QueueView Add(QueueState queue)
    {
        var view = new QueueView(queue) { IdleSinceMs = _nowMs };
        view.VeilEnd = Math.Min(queue.DeliveredMark, queue.NextSequence);
        view.Cursor = view.VeilEnd;
        _views.Add(queue.Id.Value, view);
        foreach ((ConsumerKey consumer, Attachment attachment) in queue.Consumers)
            Attach(view, consumer, attachment.Priority, isOwners: attachment.Epoch > 0);
        Touch(view);
        return view;
    }

    /// <summary>Nobody else can turn up who holds something: what is left below the veils is ready.</summary>
    private void LiftVeils()
    {
        foreach (QueueView view in _views.Values)
            LiftVeil(view);
    }

    /// <summary>A node has said what it holds: of a queue that only an owner there consumes nobody else's word is
    /// awaited.</summary>
    private void LiftVeilsOf(NodeIncarnation node)
    {
        foreach (QueueView view in _views.Values)
        {
            if (view.State.IsOwnersAlone && view.State.OwnerConsumer!.Value.Connection.Owner == node)
                LiftVeil(view);
        }
    }

    private void LiftVeil(QueueView view)
    {
        for (long sequence = view.State.NextUnsettled(0); sequence < view.VeilEnd;)
        {
            if (!view.Holds.ContainsKey(sequence))
            {
                view.Redelivered.Add(sequence);
                view.PutBack(sequence);
            }

            sequence = view.State.NextUnsettled(sequence + 1);
        }

        view.VeilEnd = 0;
        JoinOwner(view);
        Touch(view);
    }

    private static void TakeOver(QueueView view, EagerConsumer holder, long sequence)
    {
        if (view.Holds.ContainsKey(sequence) || view.Away.Contains(sequence)
            || !view.State.IsVisible(sequence) || sequence >= view.Cursor)
        {
            return;
        }

        view.Back.Remove(sequence);
        HoldBy(view, holder, sequence);
    }

    private void Touch(QueueView view)
    {
        if (view.IsDirty)
            return;
        view.IsDirty = true;
        _dirty.Enqueue(view);
    }

    private void Wake(QueueView view, long atMs)
    {
        if (atMs >= view.WakeMs)
            return;
        view.WakeMs = atMs;
        _wakes.Enqueue(view, atMs);
    }

    private void Propose(ArrayBufferWriter<byte> command)
    {
        if (_unproposed.Count > 0 || !_output.Propose(command.WrittenMemory))
            _unproposed.Enqueue(command.WrittenMemory);
    }

    private void ProposeAgain()
    {
        while (_unproposed.TryPeek(out ReadOnlyMemory<byte> command) && _output.Propose(command))
            _unproposed.Dequeue();
    }

    internal bool CanPropose => _unproposed.Count < MaxUnproposed;
}
