using System.Buffers;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Metadata;
using Cmq.MultiProtocol.Core.Queues;
using Cmq.MultiProtocol.Simulation.Checks;
using Cmq.MultiProtocol.Simulation.Clients;
using Cmq.MultiProtocol.Simulation.Disk;
using Cmq.MultiProtocol.Simulation.Faults;
using Cmq.MultiProtocol.Simulation.Network;
using Cmq.MultiProtocol.Simulation.Nodes;
using Cmq.MultiProtocol.Simulation.Plants;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cmq.MultiProtocol.Simulation.Worlds;

/// <summary>A cluster of real nodes with its clients, on a virtual clock, network and disks, all drawn from one
/// seed.</summary>
internal sealed class World : ISimulatedHosts, IAsyncDisposable
{
    /// <summary>More in one world means that something goes round in circles without time going on.</summary>
    private const long MaxEvents = 20_000_000;

    /// <summary>Files that are no disk's: nothing in a world waits for a real one.</summary>
    private const string MemoryFolder = "/dev/shm";

    private const int SessionNames = 3;

    /// <summary>The rest of an epoch is the leader's term.</summary>
    private const long EpochCounter = (1L << 40) - 1;

    private readonly WorldOptions _options;
    private readonly string _folder;
    private readonly VirtualTime _time;
    private readonly List<SimulatedNode> _nodes;
    private readonly List<ClientSession> _sessions = [];
    private readonly Dictionary<QueueId, GroupLock> _locks = [];
    private readonly Dictionary<QueueId, GroupOffset> _offsets = [];
    private long _lastSession;

    public World(WorldOptions options)
    {
        _options = options;
        Dice = new Dice(options.Seed);
        Trace = new Trace(Agenda, options.Lines);
        Raft = new RaftChecker(Verdict, Trace);
        LogTimes = new LogTimes(Agenda);
        Tokens = new TokenWatch(Verdict);
        Sessions = [.. Enumerable.Range(0, SessionNames).Select(i => new TestSession(Verdict, $"session {i}"))];
        Lifetimes = new Lifetimes(Verdict, LogTimes, Agenda);
        Ledger = new Ledger(Verdict, Trace, Agenda, LogTimes, Lifetimes);
        Network = new SimulatedNetwork(Agenda, Trace, Dice.Fork("network"), this, options.Plant);
        _time = new VirtualTime(Agenda, Agenda.After);
        _folder = Path.Combine(
            Directory.Exists(MemoryFolder) ? MemoryFolder : Path.GetTempPath(),
            $"cmq-simulation-{Environment.ProcessId}-{options.Seed}");
        Character = Character.Draw(Dice.Fork("character"));
        _nodes = [.. Enumerable.Range(1, Character.Nodes).Select(number => NewNode(number, isFirst: true))];
        Raft.FirstMembers = new GroupMembers([.. Nodes.Select(node => node.Id)], []);
        Record = MakeRecord(Dice.Fork("record"));
    }

    public Agenda Agenda { get; } = new();

    public Trace Trace { get; }

    public Dice Dice { get; }

    public Verdict Verdict { get; } = new();

    public RaftChecker Raft { get; }

    public LogTimes LogTimes { get; }

    public Lifetimes Lifetimes { get; }

    public Ledger Ledger { get; }

    public IReadOnlyList<TestSession> Sessions { get; }

    /// <summary>None before they are made.</summary>
    public IReadOnlyList<TestPartition> Partitions { get; set; } = [];

    public TokenWatch Tokens { get; }

    public SimulatedNetwork Network { get; }

    public Character Character { get; }

    /// <summary>All that ever were, by number.</summary>
    public IReadOnlyList<SimulatedNode> Nodes => _nodes;

    /// <summary>Those that the cluster has, or is to have.</summary>
    public IReadOnlyList<SimulatedNode> Members => [.. Nodes.Where(node => !node.IsRetired)];

    /// <summary>The replicated groups.</summary>
    public IEnumerable<GroupId> Groups =>
        Enumerable.Range(0, Character.Options.DataGroups + 1).Select(number => new GroupId(number));

    public BootstrapRecord Record { get; }

    public Plant Plant => _options.Plant;

    public async Task<WorldReport> RunAsync()
    {
        var director = new Director(this);
        Task play = director.PlayAsync();
        Network.Watch();
        while (Verdict.IsGood && !play.IsCompleted && Agenda.TakeNext() is { } what)
        {
            Network.Current = null;
            what();
            await Pool.SettleAsync().ConfigureAwait(false);
            Verdict.Check(Agenda.Taken < MaxEvents, "the world does not come to its end");
        }

        if (play.IsFaulted)
            Verdict.Fail($"the director: {play.Exception.InnerException}");
        Verdict.Check(!Verdict.IsGood || play.IsCompleted, "nothing happens any more");
        return new WorldReport(
            _options.Seed, Verdict.Violation, Trace.Hash, Agenda.NowUs / 1e6, Agenda.Taken,
            $"{Character.Nodes} nodes, {director.Faults}, {Raft.Elections} elections, {Raft.Applied} entries, "
            + $"{Network.Repeated} repeated and {Network.Strayed} strayed, old content {Nodes.Sum(node => node.Disk.OldShown)} "
            + $"times, {Nodes.Sum(node => node.Disk.WasLate)} late keepers, "
            + $"{Nodes.Sum(node => node.Disk.BrokenStarts)} broken starts, "
            + $"{Ledger.Confirmed} of {Ledger.Published} confirmed, {Ledger.Delivered} delivered, "
            + $"{Ledger.Settled} known settled, {Ledger.Died} dead, {Ledger.Rewound} rewound, "
            + $"{Partitions.Sum(one => one.Read)} read, epoch {Sessions.Max(one => one.Epoch) & EpochCounter}");
    }

    public Task DelayAsync(long us, CancellationToken cancellation = default) =>
        Task.Delay(TimeSpan.FromMicroseconds(us), _time, cancellation);

    /// <summary>A session with a node that serves; null: there is none.</summary>
    public ClientSession? Connect(Dice dice)
    {
        List<SimulatedNode> serving = [.. Nodes.Where(node => node is { IsUp: true, IsPaused: false, IsStopping: false }
            && node.Broker!.IsReady)];
        if (serving.Count == 0)
            return null;
        SimulatedNode node = dice.Pick(serving);
        if (node.Broker!.FindNamespace("/") is not { } ns)
            return null;
        var session = new ClientSession(this, node, ns, ++_lastSession);
        _sessions.Add(session);
        return session;
    }

    /// <summary>The node's side notices that the client is gone, if that life of it lasts.</summary>
    public async Task EndAsync(ClientSession session)
    {
        _sessions.Remove(session);
        Trace.Remark(session.Node.Id.Value, $"session {session.Number}, connection {session.Connection.Key.Number} ends");
        Task ending = Task.CompletedTask;
        session.Node.Run(session.NodeLife, () => ending = session.Connection.DisposeAsync().AsTask());
        await Task.WhenAny(ending, DelayAsync(1_000)).ConfigureAwait(false);
        session.Dispose();
    }

    /// <summary>The connections of its clients are reset.</summary>
    public void NodeDied(SimulatedNode node)
    {
        foreach (ClientSession session in _sessions.Where(one => one.Node == node).ToList())
            session.Lose();
    }

    /// <summary>How probably a disk shows old content where it lost something.</summary>
    public double OldContentChance => Plant.NeedsOldContent ? 1 : Character.OldContentChance;

    public bool Has(Uses use) => (Character.Uses | Plant.Needs).HasFlag(use);

    /// <summary>A queue that exists for all that the clients know; null: there is none.</summary>
    public TestQueue? PickQueue(Dice dice, bool toPublish = false)
    {
        List<TestQueue> live = [.. Ledger.Queues.Where(queue => queue.IsDeclared && !queue.IsDeleting
            && !(toPublish && queue.TakesLetters))];
        return live.Count == 0 ? null : dice.Pick(live);
    }

    /// <summary>A consumer has got a message.</summary>
    public TestMessage? Take(ClientSession session, TestQueue queue, Delivery delivery)
    {
        (NodeId from, long sentUs) = Network.Current ?? (session.Node.Id, Agenda.NowUs);
        TestMessage? message = Ledger.Take(queue, delivery, Raft.IsLatestLeader(from, queue.Group), sentUs);
        if (message is not null)
            Lifetimes.Delivered(message, delivery, from, sentUs);
        return message;
    }

    /// <summary>A message has left its queue, and has not come to the next one yet.</summary>
    public bool IsAnythingMoving() => Nodes.SelectMany(node => node.Broker?.Hosts ?? [])
        .GroupBy(host => host.Group)
        .Select(group => group.MaxBy(host => host.Replica.AppliedIndex)!.Replica)
        .Any(state => state.Machine is QueueMachine machine
            && (machine.Duties.Count > 0 || state.OutboxTargets.Any()));

    /// <summary>The consumer group's lock on a partition.</summary>
    public GroupLock LockOn(QueueId partition)
    {
        if (!_locks.TryGetValue(partition, out GroupLock? found))
            _locks.Add(partition, found = new GroupLock(Verdict, Agenda, $"the lock on partition {partition}"));
        return found;
    }

    /// <summary>The consumer group's offset in a partition.</summary>
    public GroupOffset OffsetOf(QueueId partition)
    {
        if (!_offsets.TryGetValue(partition, out GroupOffset? found))
            _offsets.Add(partition, found = new GroupOffset(Verdict, $"the group on partition {partition}"));
        return found;
    }

    public NodeOptions OptionsOf(NodeId node, string directory) => Character.Options with
    {
        Id = node,
        DataDirectory = directory,
        Peers = [.. Members.Select(one => new PeerAddress(one.Id, "simulated", 1))],
    };

    /// <summary>A machine with an empty disk.</summary>
    public SimulatedNode AddNode()
    {
        SimulatedNode node = NewNode(Nodes.Count + 1, isFirst: false);
        _nodes.Add(node);
        return node;
    }

    /// <summary>An empty disk.</summary>
    /// <param name="node">The node's number.</param>
    /// <param name="generation">How many it had before.</param>
    public SimulatedDisk NewDisk(int node, int generation) => new(
        Path.Combine(_folder, $"{node}.{generation}"),
        StoreIdOf(node, Plant.KeepsReplica ? 0 : generation),
        new OldContent(Dice.Fork($"old content {node}.{generation}"), OldContentChance),
        new DiskHabits(
            Plant.SealsInOneWrite ? 1 : Character.LateKeeperChance,
            Plant.SealsInOneWrite ? 1 : Character.BrokenStartChance,
            Plant.SealsInOneWrite),
        Dice.Fork($"disk {node}.{generation}"));

    public ILoggerFactory LoggersOf(NodeId node) =>
        Trace.IsPrinted ? new TraceLoggers(Trace, node.Value) : NullLoggerFactory.Instance;

    bool ISimulatedHosts.IsPaused(NodeId node) => NodeOf(node).IsPaused;

    void ISimulatedHosts.Run(NodeId node, int life, Action what) => NodeOf(node).Run(life, what);

    public async ValueTask DisposeAsync()
    {
        // Worlds end in the middle of things: whatever still runs has lost its clock by now.
        foreach (SimulatedNode node in Nodes)
            await node.DisposeAsync().ConfigureAwait(false);
        await Pool.SettleAsync().ConfigureAwait(false);
        Directory.Delete(_folder, recursive: true);
    }

    private SimulatedNode NodeOf(NodeId node) => Nodes[node.Value - 1];

    private SimulatedNode NewNode(int number, bool isFirst) =>
        new(this, new NodeId(number), NewDisk(number, generation: 0), isFirst);

    private Guid StoreIdOf(int number, int generation) =>
        new(unchecked((int)_options.Seed), (short)number, (short)generation, new byte[8]);

    private BootstrapRecord MakeRecord(Dice dice)
    {
        var clusterId = new Guid(unchecked((int)dice.NextBits()), 0, 0, new byte[8]);
        var bootstrap = new DirectoryCommand.Bootstrap(
            clusterId, Character.Options.DataGroups, [.. Nodes.Select(node => new Replica(node.Id, node.Disk.StoreId))], ["/"], [], [],
            new DirectoryLimits());
        var output = new ArrayBufferWriter<byte>();
        DirectoryCommandCodec.Write(output, bootstrap);
        return new BootstrapRecord
        {
            ClusterId = clusterId,
            DataGroups = Character.Options.DataGroups,
            Replicas = [.. Nodes.Select(node => new BootstrapRecord.Replica(node.Id.Value, node.Disk.StoreId))],
            ClusterKey = new byte[32],
            Directory = output.WrittenSpan.ToArray(),
        };
    }
}
