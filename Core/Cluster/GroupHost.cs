using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>
/// One group on this node: its inbox, its state, and while it leads its role; a step at a time, by whoever runs it. How
/// entries become committed is up to the derived class.
/// </summary>
internal abstract partial class GroupHost : IAsyncDisposable
{
    private const int TickMs = 100;

    /// <summary>Batches that wait for leadership or for room in the log; beyond it they are dropped and repeated by
    /// their sources.</summary>
    private const long MaxWaitingBytes = 64L * 1024 * 1024;

    /// <summary>Requests that wait for their lane, a count; more are refused.</summary>
    private const int MaxDeferred = 65_536;

    /// <summary>Lanes remembered before those of lives that ended are forgotten, a count.</summary>
    private const int ManyLanes = 1024;

    private readonly IGroupRunner _runner;
    private readonly GroupInbox _inbox;
    private readonly Queue<Memory<byte>> _waiting = [];
    private readonly Dictionary<LaneSource, long> _proposed = [];
    private readonly List<NodeRequest> _deferred = [];

    /// <summary>What nodes say they hold, as of a batch of their lanes: of a node the last that was asked for and the
    /// last that was not.</summary>
    private readonly List<NodeRequest> _announcements = [];
    private readonly OutboxSender _outbox;
    private readonly TimeProvider _time;
    private readonly BatchBuilder _own = new();
    private readonly BatchBuilder _ownForGroup = new();
    private volatile int _leader;
    private long _waitingBytes;
    private long _leaderTerm;
    private long _seenTerm;
    private long _seenAppliedIndex;
    private long _nextTickMs;
    private bool _active;

    protected GroupHost(GroupState state, GroupRole role, NodeServices services)
    {
        State = state;
        Role = role;
        Services = services;
        _time = services.Time;
        Clock = new LogClock(services.Time);
        _outbox = new OutboxSender(this, services.Time);
        _runner = services.Runner(this);
        _inbox = new GroupInbox(_runner.Wake);
    }

    public GroupId Group => State.Group;

    /// <summary>Who leads as far as this member knows; 0 = nobody. Itself only while active. Any thread.</summary>
    public NodeId Leader => new(_leader);

    /// <summary>As of the end of the last pass. Any thread.</summary>
    public virtual GroupStatus Status => new(
        Group,
        _leader == 0 ? null : Leader,
        Interlocked.Read(ref _seenTerm),
        Interlocked.Read(ref _seenAppliedIndex));

    public LogClock Clock { get; }

    /// <summary>Stored commands of the group. Group thread.</summary>
    public abstract IUnitReader Units { get; }

    /// <summary>Counts up with every change of leadership, also from a member to itself. Group thread.</summary>
    public abstract long Term { get; }

    protected GroupState State { get; }

    protected GroupRole Role { get; }

    protected NodeServices Services { get; }

    protected INodeLinks Links => Services.Links;

    /// <summary>Whether this member leads and has applied everything of earlier terms.</summary>
    protected bool Active => _active;

    public void Start()
    {
        _nextTickMs = NowMs + TickMs;
        _runner.Start();
    }

    /// <summary>One step: takes what has come, ticks if that is due, works. Called by the group's runner only, one call
    /// at a time; what is said here of the group's thread means that.</summary>
    /// <returns>After how many ms it wants to be called again if nothing comes before, 0 or less: at once. Null: it has
    /// failed, and with it the node.</returns>
    public long? Step()
    {
        try
        {
            TakeInbox();
            if (NowMs >= _nextTickMs)
            {
                Tick();
                // A node that was suspended does not make up for ticks it missed.
                _nextTickMs = NowMs + TickMs;
            }

            Pass();
            Interlocked.Exchange(ref _seenTerm, Term);
            Interlocked.Exchange(ref _seenAppliedIndex, State.AppliedIndex);
            if (_own.Count > 0 || _ownForGroup.Count > 0 || _unconfirmed.IsRoundDue)
                return 0;
            long wait = _nextTickMs - NowMs;
            if (_active && Role.NextDeadlineMs is { } deadline)
                wait = Math.Min(wait, deadline - Clock.NowMs);
            return wait;
        }
        catch (Exception error)
        {
            GroupTrace.Stopped(Services.Log, Group, error);
            Links.Fail(error);
            return null;
        }
    }

    /// <summary>Wakes the group's thread with something to do. Any thread.</summary>
    public void Post(GroupEvent what)
    {
        if (!_inbox.TryAdd(what) && what is GroupEvent.Request request)
            Role.Refuse(request.Value);
    }

    /// <summary>That life of a node has ended, as far as this group was told. Group thread.</summary>
    public bool IsGone(NodeIncarnation life) => State.IsGone(LaneSource.Of(life));

    /// <summary>Queues a command of the leader's own for the next proposal. Group thread, while active. One that fits no
    /// entry is an error that is logged, and it is dropped: whoever kept it would keep all that follows it.</summary>
    /// <returns>False: not active, or the log takes nothing now.</returns>
    public bool Propose(ReadOnlySpan<byte> command)
    {
        if (!_active || _waiting.Count > 0)
            return false;
        if (command.Length > BatchBuilder.MaxCommandBytes)
        {
            GroupTrace.CommandTooLarge(Services.Log, Group, command[0], command.Length);
            return true;
        }

        if (_own.Bytes + command.Length > NodeServices.MaxBatchBytes || _own.Count == BatchBuilder.MaxCommands)
            FlushOwn();
        _own.Add(command);
        return true;
    }

    /// <summary>The same for the group's own bookkeeping.</summary>
    public bool ProposeOutboxDone(GroupId target, int epoch, long upTo)
    {
        if (!_active || _waiting.Count > 0)
            return false;
        GroupState.WriteOutboxDone(_ownForGroup, target, epoch, upTo);
        _ownForGroup.EndCommand();
        return true;
    }

    /// <summary>Whose lane this group's batches to another group are. The epoch tells lives of a local target apart.</summary>
    public abstract LaneSource LaneSourceTo(GroupId target, int epoch);

    /// <summary>Gets a batch to the leader of another group.</summary>
    public bool SendBatch(GroupId target, Memory<byte> batch) => Links.SendBatch(target, batch);

    public async ValueTask DisposeAsync()
    {
        await _runner.DisposeAsync().ConfigureAwait(false);
        await StoppedAsync().ConfigureAwait(false);
        // Transport and store may outlive the group by a moment.
        _inbox.Close();
    }

    /// <summary>Puts a batch into the log.</summary>
    /// <returns>False: not now; it is offered again.</returns>
    protected abstract bool TryAppend(Memory<byte> batch);

    /// <summary>Does what the log has to do: sends, stores, applies by <see cref="Apply"/>.</summary>
    protected abstract void Work();

    /// <summary>Whether this member leads and has applied an entry of its own term.</summary>
    protected abstract bool CanBeActive { get; }

    /// <summary>Who leads by the log's own word.</summary>
    protected abstract NodeId KnownLeader { get; }

    protected abstract void Tick();

    protected abstract void HandleOwn(GroupEvent what);

    /// <summary>Ends and awaits what runs beside the thread, which has ended.</summary>
    protected virtual ValueTask StoppedAsync() => ValueTask.CompletedTask;

    protected void Apply(in Entry entry)
    {
        // As of a batch means before the next one: that may return what the announcement still has as held.
        if (_active && _announcements.Count > 0)
            HandleAnnouncements();
        BatchResult result = State.Apply(entry);
        Services.Watch?.Applied(State, entry);
        // First, so that whoever gets the answer finds what it says.
        Role.Applied(_active ? Clock.NowMs : State.TimestampMs);
        if (_active && result.Source.Kind != LaneSourceKind.Leader)
            Links.Answer(Group, result);
    }

    private long NowMs => _time.MonotonicMs();

    private void TakeInbox()
    {
        List<GroupEvent> events = _inbox.Take();
        foreach (GroupEvent what in events)
            Handle(what);
        events.Clear();
    }

    private void Handle(GroupEvent what)
    {
        switch (what)
        {
            case GroupEvent.Batch batch:
                // Kept also while a new leader catches up with its own log; a source repeats what is dropped here.
                if (_waiting.Count == 0 || _waitingBytes + batch.Payload.Length <= MaxWaitingBytes)
                    Wait(batch.Payload);
                break;
            case GroupEvent.Request { Value: { Body: NodeHoldings holdings } announcement }:
                // What was asked for stays beside what was not.
                _announcements.RemoveAll(one => one.From == announcement.From
                    && !holdings.Fence.IsBefore(((NodeHoldings)one.Body).Fence));
                _announcements.Add(announcement);
                break;
            case GroupEvent.Request request when _deferred.Count < MaxDeferred:
                _deferred.Add(request.Value);
                break;
            case GroupEvent.Request request:
                Role.Refuse(request.Value);
                break;
            case GroupEvent.OutboxAnswer answer:
                _outbox.Answered(answer);
                break;
            case GroupEvent.Run run:
                run.Action();
                break;
            case GroupEvent.PeerDisconnected lost:
                if (_active)
                    Role.PeerDisconnected(lost.Peer);
                HandleOwn(what);
                break;
            default:
                HandleOwn(what);
                break;
        }
    }

    private void Pass()
    {
        Work();
        ChangeRole();
        if (!_active)
            return;
        ProposeWaiting();
        Work();
        HandleAnnouncements();
        HandleDeferred();
        Role.Advance(Clock.NowMs);
        Role.Pump(Clock.NowMs);
        _outbox.Pump(State);
        FlushOwn();
        BeginRoundIfDue();
        Work();
        Role.Pump(Clock.NowMs);
    }

    private void ChangeRole()
    {
        bool canBeActive = CanBeActive;
        if (_active && !canBeActive)
        {
            _active = false;
            _own.Clear();
            _ownForGroup.Clear();
            ForgetWaiting();
            _unconfirmed.Clear();
            Role.Deactivate();
        }
        else if (!_active && canBeActive)
        {
            Clock.Start(State.TimestampMs);
            _proposed.Clear();
            _active = true;
            _outbox.Reset();
            Role.Activate(Clock.NowMs);
        }

        NodeId leader = _active ? Services.Self : KnownLeader == Services.Self ? default : KnownLeader;
        if (!_active && leader.Value != 0 && leader != Services.Self)
        {
            ForgetWaiting();
        }

        // A leader that lost its office and got it back has forgotten who waits, like any other new one.
        if (leader.Value == _leader && (leader.Value == 0 || Term == _leaderTerm))
            return;
        _leader = leader.Value;
        _leaderTerm = Term;
        Links.LeaderChanged(Group, leader);
    }

    /// <summary>Their sources repeat them to the next leader.</summary>
    private void ForgetWaiting()
    {
        _waiting.Clear();
        _waitingBytes = 0;
        _deferred.Clear();
        _announcements.Clear();
    }

    private void Wait(Memory<byte> batch)
    {
        _waiting.Enqueue(batch);
        _waitingBytes += batch.Length;
    }

    private void ProposeWaiting()
    {
        while (_waiting.TryPeek(out Memory<byte> batch))
        {
            BatchHeader header = BatchHeader.Read(batch.Span);
            if (IsNext(header))
            {
                BatchHeader.Stamp(batch.Span, Clock.NowMs);
                if (!TryAppend(batch))
                    return;
                if (header.Source.Kind != LaneSourceKind.Leader)
                    _proposed[header.Source] = header.Number;
            }

            _waiting.Dequeue();
            _waitingBytes -= batch.Length;
        }
    }

    /// <summary>Keeps out of the log what is no news to it: a repetition, or what came after a gap. Otherwise one lost
    /// batch would cost an entry for each that followed it, and again for each that was repeated.</summary>
    private bool IsNext(in BatchHeader header)
    {
        if (header.Source.Kind == LaneSourceKind.Leader)
            return true;
        if (_proposed.Count > ManyLanes)
        {
            foreach (LaneSource over in _proposed.Keys.Where(State.IsGone).ToList())
                _proposed.Remove(over);
        }

        long applied = State.LastOf(header.Source);
        long proposed = Math.Max(applied, _proposed.GetValueOrDefault(header.Source));
        bool isGone = State.IsGone(header.Source);
        if (header.Number == proposed + 1 && !isGone)
            return true;
        // Between the two it is on its way through the log, and is answered at its end.
        if (isGone || header.Number <= applied || header.Number > proposed)
            Links.Answer(Group, State.Judge(header) with { Expected = proposed + 1 });
        return false;
    }

    private void HandleAnnouncements() => Handle(_announcements);

    private void HandleDeferred() => Handle(_deferred);

    /// <summary>Those that have their batch; the others stay.</summary>
    private void Handle(List<NodeRequest> requests)
    {
        int kept = 0;
        for (int i = 0; i < requests.Count; i++)
        {
            NodeRequest request = requests[i];
            var source = LaneSource.Of(request.From);
            if (request.Number != 0 && _unconfirmed.Count >= MaxUnconfirmed)
                Role.Refuse(request);
            else if (State.LastOf(source) >= request.AfterBatch)
                Role.Handle(request, Clock.NowMs);
            else if (State.IsGone(source))
                Role.Refuse(request);
            else
                requests[kept++] = request;
        }

        requests.RemoveRange(kept, requests.Count - kept);
    }

    private void FlushOwn()
    {
        FlushOwn(_own, BatchKind.Machine);
        FlushOwn(_ownForGroup, BatchKind.Group);
        ProposeWaiting();
    }

    private void FlushOwn(BatchBuilder builder, BatchKind kind)
    {
        if (builder.Count == 0)
            return;
        Wait(builder.Seal(kind, LaneSource.Leader, 0, 0));
    }
}
