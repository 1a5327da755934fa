using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Storage;
using Cmq.MultiProtocol.Simulation.Disk;
using Cmq.MultiProtocol.Simulation.Worlds;

namespace Cmq.MultiProtocol.Simulation.Nodes;

/// <summary>A machine with a disk, and the real node that runs on it: one life after the other.</summary>
internal sealed class SimulatedNode : IApplyWatch, IAsyncDisposable
{
    /// <summary>Steps to the disk within which a process dies that is to, a count.</summary>
    private const int MaxStepsToDeath = 60;

    private readonly World _world;
    private readonly Queue<Action> _suspended = [];
    private bool _isFirst;
    private int _disks;
    private bool _isWithoutDisk;
    private bool _isDying;
    private SimulatedStore? _store;
    private Task _closing = Task.CompletedTask;

    /// <param name="world">Where it stands.</param>
    /// <param name="id">Its number.</param>
    /// <param name="disk">Its first disk.</param>
    /// <param name="isFirst">It is one of those that the cluster begins with; others must be added to it.</param>
    public SimulatedNode(World world, NodeId id, SimulatedDisk disk, bool isFirst)
    {
        _isFirst = isFirst;
        _world = world;
        Id = id;
        Disk = disk;
        Dice = world.Dice.Fork($"node {id}");
        Time = new VirtualTime(world.Agenda, (us, what) => Schedule(us, what));
    }

    public NodeId Id { get; }

    public SimulatedDisk Disk { get; private set; }

    /// <summary>It is to leave the cluster, or has.</summary>
    public bool IsLeaving { get; set; }

    /// <summary>It is switched off for good.</summary>
    public bool IsRetired { get; private set; }

    public Dice Dice { get; }

    public VirtualTime Time { get; private set; }

    /// <summary>Counts the starts of its process.</summary>
    public int Life { get; private set; }

    public bool IsUp { get; private set; }

    public bool IsPaused { get; private set; }

    /// <summary>It is on its way down in good order.</summary>
    public bool IsStopping { get; private set; }

    /// <summary>The present life; only while up.</summary>
    public BrokerNode? Broker { get; private set; }

    public long NowUs => _world.Agenda.NowUs;

    /// <summary>Mean time of a commit, microseconds.</summary>
    public long DiskUs { get; set; } = 300;

    /// <summary>Its process has ended by itself, or could not start, because its disk was full.</summary>
    public bool IsWaitingForRoom { get; private set; }

    /// <summary>Its process has ended by itself, or could not start, because its disk is damaged.</summary>
    public bool HasFoundDamage { get; private set; }

    /// <summary>The term in which it leads a group, for all that it knows; null = it does not.</summary>
    public long? LeadsIn(GroupId group) =>
        Broker?.Hosts.FirstOrDefault(host => host.Group == group)?.Raft is { Role: RaftRole.Leader } raft
            ? raft.Term
            : null;

    /// <summary>Something of the present life, some time from now; it waits while the process is suspended, and is
    /// forgotten with it.</summary>
    public void Schedule(long us, Action what)
    {
        int life = Life;
        _world.Agenda.After(us, () => Run(life, what));
    }

    public void Run(int life, Action what)
    {
        if (life != Life || !IsUp)
            return;
        if (IsPaused)
            _suspended.Enqueue(() => Run(life, what));
        else
            what();
    }

    public void Start()
    {
        if (IsUp || IsRetired || _isWithoutDisk)
            return;
        // The process before has its files until the end of the moment in which it died.
        if (_isDying || !_closing.IsCompleted)
        {
            _world.Agenda.After(1, Start);
            return;
        }

        IsWaitingForRoom = Disk.IsFull;
        // It would give up while it opens its store, and close that within the call: FASTER waits there for the pool.
        if (Disk.IsFull)
            return;
        Life++;
        IsUp = true;
        IsStopping = false;
        Disk.PlugIn();
        _world.Trace.Note(Id.Value, "starts", Life);
        if (!TryOpen())
        {
            IsUp = false;
            return;
        }

        ILogStore store = _world.Plant.Wrap(this, _store!);
        Broker = BrokerNode.Make(
            _world.OptionsOf(Id, Disk.Directory),
            new NodeParts(store, _isFirst ? _world.Record : BootstrapRecord.Load(Disk.Directory), Time, _world.LoggersOf(Id))
            {
                Transport = handler => _world.Network.Join(Id, Life, _world.Plant.Wrap(this, handler)),
                Runner = group => new SimulatedRunner(this, group),
                NextRandom = Dice.Next,
                Watch = this,
            });
        WatchFailure(Broker, Life);
        Broker.Launch();
        Schedule(_world.Character.CheckEveryUs, CheckAgain);
    }

    /// <summary>Its store reads what nobody may read for long.</summary>
    public void CheckDisk()
    {
        if (!IsUp || IsStopping)
            return;
        _world.Trace.Note(Id.Value, "checks", Life);
        _store!.Check();
    }

    /// <summary>The process dies this moment.</summary>
    /// <param name="silently">With its machine: nobody is told.</param>
    public void Crash(bool silently)
    {
        if (!IsUp)
            return;
        _world.Trace.Note(Id.Value, "crashes", Life);
        IsUp = false;
        IsPaused = false;
        _suspended.Clear();
        _world.Network.Crash(Id, silently);
        SimulatedStore store = _store!;
        if (store.HasPending)
        {
            switch (Dice.Next(3))
            {
                case 0:
                    Disk.TearNextWrite(Dice);
                    store.Step();
                    break;
                case 1:
                    // It is on the disk, and nobody was told.
                    store.Step();
                    break;
            }
        }

        Disk.Cut(Dice);
        _closing = CloseAsync(store);
        (Broker, _store) = (null, null);
        _world.NodeDied(this);
    }

    /// <summary>The disk of a node that is down is gone; there is an empty one in its place.</summary>
    public async Task ReplaceDiskAsync()
    {
        _isWithoutDisk = true;
        while (_isDying)
            await _world.DelayAsync(1).ConfigureAwait(false);
        await _closing.ConfigureAwait(false);
        _world.Trace.Note(Id.Value, "gets a disk", _disks + 1);
        Disk.Dispose();
        Disk = _world.NewDisk(Id.Value, ++_disks);
        HasFoundDamage = false;
        _world.Raft.Forget(Id);
        _isFirst &= _world.Plant.KeepsReplica;
        _isWithoutDisk = false;
    }

    /// <summary>Switches it off for good.</summary>
    public void Retire()
    {
        Crash(silently: false);
        IsRetired = true;
    }

    /// <summary>The process dies soon, in the middle of something that it does with its disk.</summary>
    public void CrashWithin()
    {
        if (IsUp)
            Disk.DieAt(Dice.Next(MaxStepsToDeath) + 1, Dice, Die);
    }

    /// <summary>The process dies in the middle of its next write to the log.</summary>
    public void CrashAtWrite()
    {
        if (IsUp)
            Disk.DieAtWrite(Dice, Die);
    }

    public void Pause()
    {
        if (!IsUp || IsPaused)
            return;
        _world.Trace.Note(Id.Value, "pauses");
        IsPaused = true;
    }

    public void Resume()
    {
        if (!IsPaused)
            return;
        _world.Trace.Note(Id.Value, "resumes");
        IsPaused = false;
        // As they came: who was suspended finds everything at once.
        long us = 0;
        while (_suspended.TryDequeue(out Action? what))
            _world.Agenda.After(us++, what);
    }

    /// <summary>Stops in good order; who waits for it too long kills it.</summary>
    public void Stop()
    {
        if (!IsUp || IsPaused || IsStopping)
            return;
        IsStopping = true;
        _world.Trace.Note(Id.Value, "stops", Life);
        _ = StopAsync(Broker!, Life);
    }

    public async ValueTask DisposeAsync()
    {
        Crash(silently: true);
        await _closing.ConfigureAwait(false);
    }

    /// <summary>After each step of one of its groups.</summary>
    public void Stepped(GroupHost group)
    {
        _world.Trace.Note(Id.Value, "steps", group.Group.Value, group.Status.AppliedIndex);
        if (group is RaftGroupHost host)
            _world.Raft.Stepped(Id, host);
    }

    void IApplyWatch.Applied(GroupState state, in Entry entry)
    {
        if (!IsUp)
            return;
        _world.Plant.Applied(state);
        _world.LogTimes.Applied(Id, state.Group, state.TimestampMs);
        _world.Tokens.Applied(state);
        _world.Raft.AppliedEntry(Id, state, entry);
    }

    void IApplyWatch.Installed(GroupState state)
    {
        _world.Trace.Note(Id.Value, "installs", state.Group.Value, state.AppliedIndex);
        _world.LogTimes.Applied(Id, state.Group, state.TimestampMs);
        _world.Raft.CompareState(Id, state);
    }

    /// <summary>What it still does within the call nobody sees.</summary>
    private void Die()
    {
        if (!IsUp)
            return;
        _world.Trace.Note(Id.Value, "dies", Life);
        IsUp = false;
        IsPaused = false;
        _isDying = true;
        _suspended.Clear();
        _world.Network.Crash(Id, silently: false);
        SimulatedStore store = _store!;
        _world.Agenda.After(0, () =>
        {
            _closing = CloseAsync(store);
            _isDying = false;
            (Broker, _store) = (null, null);
            _world.NodeDied(this);
        });
    }

    private bool TryOpen()
    {
        _world.Plant.Starting(this);
        try
        {
            Disk.BreakStart();
            _store = new SimulatedStore(Disk, Id, _world.Raft, WhenDiskIsReady, LeadsIn, Time);
        }
        catch (StoreDamageException) when (Disk.Damaged is not null)
        {
            FindDamage();
            return false;
        }
        catch (LogStoreException error)
        {
            _world.Verdict.Fail($"node {Id} cannot open its store: {error}");
            return false;
        }

        _world.Verdict.Check(!HasFoundDamage, $"node {Id} starts again on a disk that it has called damaged");
        return true;
    }

    private void FindDamage()
    {
        _world.Trace.Note(Id.Value, "finds damage", Life);
        HasFoundDamage = true;
    }

    private void CheckAgain()
    {
        CheckDisk();
        Schedule(_world.Character.CheckEveryUs, CheckAgain);
    }

    private void WhenDiskIsReady(Action commit) => Schedule(20 + Dice.Exponential(DiskUs), commit);

    private async Task CloseAsync(SimulatedStore store)
    {
        try
        {
            await store.CrashAsync().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            _world.Verdict.Fail($"the store of node {Id} cannot be closed: {error}");
        }
    }

    private async Task StopAsync(BrokerNode broker, int life)
    {
        await broker.DisposeAsync().ConfigureAwait(false);
        if (life != Life || !IsUp)
            return;
        _world.Trace.Note(Id.Value, "stopped", life);
        IsUp = false;
        IsStopping = false;
        (Broker, _store) = (null, null);
        _world.NodeDied(this);
    }

    private void WatchFailure(BrokerNode broker, int life) => broker.Failed.ContinueWith(
        failed =>
        {
            if (life != Life || !IsUp)
                return;
            Exception reason = failed.Exception!.InnerException!;
            if (IsDamage(reason) && Disk.Damaged is not null)
                FindDamage();
            else if (Disk.HasRefused)
                IsWaitingForRoom = true;
            else
                _world.Verdict.Fail($"node {Id} stopped: {reason}");
            _world.Trace.Note(Id.Value, "fails", life);
            _world.Agenda.After(0, () =>
            {
                if (life == Life)
                    Crash(silently: false);
            });
        },
        CancellationToken.None,
        TaskContinuationOptions.None,
        TaskScheduler.Default);

    /// <summary>The store wraps what it failed of.</summary>
    private static bool IsDamage(Exception? reason) =>
        reason is StoreDamageException || (reason is not null && IsDamage(reason.InnerException));
}
