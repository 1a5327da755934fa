using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Net;
using System.Text;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Cluster.Transport;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.ConsumerGroups;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.LastValues;
using Cmq.MultiProtocol.Core.Metadata;
using Cmq.MultiProtocol.Core.Queues;
using Cmq.MultiProtocol.Core.Sessions;
using Cmq.MultiProtocol.Core.Storage;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>One node of the broker: the store, the groups, the peers, and the door for adapters.</summary>
public sealed partial class BrokerNode : IBroker, IAsyncDisposable
{
    private readonly NodeOptions _options;
    private readonly NodeParts _parts;
    private readonly ILogger _log;
    private readonly ILogStore _store;
    private readonly LoginDesk _logins;
    private readonly ConcurrentDictionary<AccessKeyRecord, AccessKey> _accessKeys = new();
    private readonly Dictionary<PropertyFormat, IPropertyReader> _propertyReaders;
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _firstReady = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();
    private IPeerTransport? _transport;
    private volatile FrozenDictionary<GroupId, RaftGroupHost> _groups = FrozenDictionary<GroupId, RaftGroupHost>.Empty;
    private volatile BootstrapRecord? _record;
    private Task _leaseLoop = Task.CompletedTask;
    private Task _spaceLoop = Task.CompletedTask;
    private volatile DirectorySnapshot _directory;
    private volatile NodeLife? _life;
    private volatile bool _ready;
    private volatile bool _leaving;
    private int _disposed;

    private BrokerNode(NodeOptions options, NodeParts parts)
    {
        _options = options;
        _parts = parts;
        // Before the first peer: who may talk to this node, and what it says of itself, follows from the record.
        _record = parts.Record;
        _store = parts.Store;
        _log = parts.Loggers.CreateLogger<BrokerNode>();
        Time = parts.Time;
        _space = new SpaceWatch(options, parts.Store, _log);
        _propertyReaders = options.PropertyReaders.ToDictionary(
            reader => reader.Format, IPropertyReader (reader) => new GuardedPropertyReader(reader, _log));
        _directory = NewDirectory().Snapshot;
        _logins = new LoginDesk(() => Directory, Time, _log);
        Subscriptions = new SubscriptionDesk(this);
        Presence = new PresenceDesk(this);
        _store.Failed += Fail;
    }

    public IBroker Broker => this;

    /// <summary>The process serves at all (for liveness checks).</summary>
    public bool IsLive => !_failed.Task.IsCompleted;

    /// <summary>The node holds its lease.</summary>
    public bool IsReady => _ready && IsLive && HoldsLease;

    /// <summary>Completes with an exception when the node must stop.</summary>
    public Task Failed => _failed.Task;

    /// <summary>The key pair that was made up at this start, because none was configured; null otherwise.</summary>
    public SeedAccessKey? NewAccessKey { get; private set; }

    public LimitOptions Limits => _options.Limits;

    /// <summary>Bytes that the store occupies on disk.</summary>
    public long DiskBytes => _store.DiskBytes;

    internal TimeProvider Time { get; }

    internal DirectorySnapshot Directory => _directory;

    /// <summary>Deals messages without an ordering key out to the partitions of their topic.</summary>
    internal PartitionTurns PartitionTurns { get; } = new();

    internal bool IsDataGroup(GroupId group) => group.Value >= 1 && group.Value <= Directory.DataGroups;

    /// <summary>Null before the first.</summary>
    internal NodeLife? Life => _life;

    /// <summary>The replicated groups, ascending; none before the cluster is known.</summary>
    internal IReadOnlyList<RaftGroupHost> Hosts => [.. _groups.Values.OrderBy(host => host.Group.Value)];

    /// <summary>Bytes on all lanes above which publishers wait, however little each of them has sent.</summary>
    internal const long MaxPendingBytes = 256L * 1024 * 1024;

    /// <summary>Opens the store, finds or makes the cluster, starts the groups. The node is not ready yet when this
    /// returns: <see cref="WhenReadyAsync"/>.</summary>
    /// <exception cref="LogStoreException">The data directory is in use by another process, damaged, or of another
    /// node.</exception>
    /// <exception cref="ArgumentException">A setting is not acceptable (decision 0005).</exception>
    public static async Task<BrokerNode> StartAsync(
        NodeOptions options, TimeProvider time, ILoggerFactory loggers, CancellationToken stop)
    {
        System.IO.Directory.CreateDirectory(options.DataDirectory);
        FasterLogStore store = FasterLogStore.Open(new LogStoreOptions
        {
            Directory = options.DataDirectory,
            SegmentBits = options.SegmentBits,
            RewriteBytesPerSecond = options.RewriteBytesPerSecond,
            CheckBytesPerSecond = options.CheckBytesPerSecond,
            Time = time,
        });
        BrokerNode node;
        try
        {
            BootstrapRecord? record = BootstrapRecord.Load(options.DataDirectory);
            node = Make(options, new NodeParts(store, record, time, loggers));
        }
        catch
        {
            await store.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        try
        {
            node.Launch();
            node._spaceLoop = Task.Run(() => node.WatchSpaceAsync(node._stop.Token), CancellationToken.None);
        }
        catch
        {
            await node.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return node;
    }

    /// <summary>A node that has not begun yet.</summary>
    /// <exception cref="LogStoreException">The disk is of another node.</exception>
    /// <exception cref="ArgumentException">A setting is not acceptable (decision 0005).</exception>
    internal static BrokerNode Make(NodeOptions options, NodeParts parts)
    {
        BootstrapRules.Check(options, parts.Record, parts.Store.StoreId, hasData: parts.Store.Recovered.Count > 0);
        return new BrokerNode(options, parts);
    }

    /// <summary>Connects to the peers, and goes on beside the caller.</summary>
    internal void Launch()
    {
        StartTransport();
        _leaseLoop = Task.Run(() => RunAsync(_stop.Token), CancellationToken.None);
    }

    /// <summary>Completes when the node holds its first lease; it may be long in coming (a majority is missing).</summary>
    public Task WhenReadyAsync(CancellationToken stop) => _firstReady.Task.WaitAsync(stop);

    /// <summary>Turns new clients away and tells all present ones to go, each in its protocol's words.</summary>
    public void CloseClients(string reason)
    {
        _ready = false;
        _leaving = true;
        _life?.CloseClients(reason);
    }

    /// <summary>Serves one connection of the cluster listener.</summary>
    public Task HandlePeerAsync(ConnectionContext connection) =>
        (_transport as PeerTransport)?.HandleAsync(connection) ?? Task.CompletedTask;

    public IPropertyReader? PropertyReader(PropertyFormat format) => _propertyReaders.GetValueOrDefault(format);

    public ValueTask<Identity?> LogInAsync(
        string userName, ReadOnlyMemory<byte> password, IPAddress peer, CancellationToken cancellation) =>
        _logins.LogInAsync(userName, password, peer, cancellation);

    /// <summary>One for all identities: every connection keeps one.</summary>
    private Func<DirectorySnapshot> PresentDirectory => field ??= () => Directory;

    public Identity? FindUser(string userName) => Directory.FindUser(userName) is null
        ? null
        : new DirectoryIdentity(userName, PresentDirectory);

    public AccessKey? FindAccessKey(string secretId)
    {
        if (Directory.FindAccessKey(secretId) is not { } record || _record is not { } cluster)
            return null;
        if (_accessKeys.TryGetValue(record, out AccessKey? key))
            return key;
        byte[] secret = SecretSealer.Open(
            cluster.ClusterKey, record.SealedSecret.Span, Encoding.UTF8.GetBytes(record.SecretId));
        key = new AccessKey(
            record.SecretId,
            Encoding.UTF8.GetString(secret),
            new DirectoryIdentity(record.UserName, PresentDirectory),
            record.Namespace,
            record.Enabled);
        if (_accessKeys.Count > Limits.MaxConnections)
            _accessKeys.Clear();
        return _accessKeys[record] = key;
    }

    public NamespaceId? FindNamespace(string name) => Directory.FindNamespace(name);

    public string NamespaceName(NamespaceId ns) => Directory.FindNamespace(ns)?.Name ?? "";

    /// <exception cref="InvalidOperationException">The node has no life yet; see <see cref="IsReady"/>.</exception>
    public IBrokerConnection Connect(ConnectionOptions options) =>
        (_life ?? throw new InvalidOperationException("the node is not ready")).Open(options);

    /// <summary>Closes clients in their protocols' words, leaves the cluster in good order, stops the groups.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        await LeaveAsync().ConfigureAwait(false);
        await _stop.CancelAsync().ConfigureAwait(false);
        await _leaseLoop.ConfigureAwait(false);
        await _spaceLoop.ConfigureAwait(false);
        if (_life is { } life)
            await life.EndAsync().ConfigureAwait(false);
        foreach (RaftGroupHost group in _groups.Values)
            await group.DisposeAsync().ConfigureAwait(false);
        if (_transport is not null)
            await _transport.DisposeAsync().ConfigureAwait(false);
        await _store.DisposeAsync().ConfigureAwait(false);
        _logins.Dispose();
        _stop.Dispose();
    }

    internal NodeServices Services(NodeIncarnation life) => new(life, this, Time, _log, _options)
    {
        Runner = _parts.Runner,
        NextRandom = _parts.NextRandom,
        Watch = _parts.Watch,
        Directory = () => Directory,
        MayLeave = MayLeave,
        HasRoom = _space.HasRoom,
    };

    private void StartGroups(BootstrapRecord record)
    {
        GroupMembers members = record.FirstMembers();
        NodeServices services = Services(new NodeIncarnation(_options.Id, FirstIncarnation));
        var bootstrap = (DirectoryCommand.Bootstrap)DirectoryCommandCodec.Read(record.Directory);
        var directory = NewDirectory();
        var role = new DirectoryRole(directory, services, bootstrap, PublishDirectory, RespondReply);
        var hosts = new Dictionary<GroupId, RaftGroupHost>();
        AddGroup(hosts, new GroupState(GroupId.Directory, directory), role, services, members);
        for (int group = 1; group <= record.DataGroups; group++)
        {
            var parked = new ParkedPart();
            var sessions = new SessionPart(parked, record.DataGroups, SessionLimits.Default);
            var lastValues = new LastValuePart(LastValueLimits.Default);
            var consumerGroups = new ConsumerGroupPart(new ConsumerGroupLimits());
            // In ascending order of their kinds.
            IMachinePart[] parts = [sessions, lastValues, consumerGroups, parked];
            var id = new GroupId(group);
            var machine = new QueueMachine(
                id,
                new QueueMachineOptions { MaxMessageBytes = Limits.MaxMessageBytes },
                parts,
                _store.Blocks(id),
                _options.RowCacheBytes);
            var state = new GroupState(id, machine);
            RolePart[] roleParts =
            [
                new PartitionRole(machine, this),
                new SessionRole(sessions, state, this),
                new LastValueRole(lastValues, machine, this),
                new ConsumerGroupRole(consumerGroups, services, this),
                new ParkedRole(parked, machine, this),
            ];
            AddGroup(hosts, state, new QueueRole(state, services, this, roleParts), services, members);
        }

        // Whole, before the first thread runs: peers and groups look here from their own threads.
        _groups = hosts.ToFrozenDictionary();
        foreach (RaftGroupHost host in hosts.Values)
            host.Start();
    }

    private void AddGroup(
        Dictionary<GroupId, RaftGroupHost> hosts,
        GroupState state,
        GroupRole role,
        NodeServices services,
        GroupMembers members)
    {
        var host = new RaftGroupHost(state, role, services, _store, members);
        role.Attach(host);
        hosts.Add(state.Group, host);
    }

    private static DirectoryMachine NewDirectory() => new(new DirectoryQueueCommands());

    /// <summary>Lives within one start of the process count up below the store's own incarnation, and those of a disk
    /// above those of the disk before.</summary>
    private long FirstIncarnation =>
        checked((_record?.Joined?.LastIncarnation ?? 0) + (_store.Incarnation << 16));

    private NodeLife Begin(long incarnation)
    {
        var id = new NodeIncarnation(_options.Id, incarnation);
        var life = new NodeLife(this, id, TimeSpan.FromMilliseconds(_options.PublishTimeoutMs));
        NodeServices services = Services(id);
        var machine = new QueueMachine(life.LocalGroup, new QueueMachineOptions
        {
            MaxMessageBytes = Limits.MaxMessageBytes,
            MaxStoredBytes = Limits.LocalBytes,
        });
        var state = new GroupState(life.LocalGroup, machine);
        var role = new QueueRole(state, services, this, []);
        var local = new LocalGroupHost(state, role, services);
        role.Attach(local);
        life.Start(local);
        Subscriptions.Begin(id);
        Presence.Begin(id);
        _life = life;
        return life;
    }

    private void PublishDirectory(DirectorySnapshot snapshot)
    {
        if (ReferenceEquals(_directory, snapshot))
            return;
        DirectorySnapshot before = _directory;
        _directory = snapshot;
        if (!snapshot.HasSameNodes(before))
        {
            Subscriptions.NodesChanged(snapshot);
            Presence.NodesChanged(snapshot);
            DialMembers(snapshot);
        }

        MembersChanged(snapshot);
        if (_life is not { } life)
            return;
        if (!snapshot.HasSameQueues(before))
            life.CancelGone(snapshot);
        if (LeaderOf(GroupId.Directory) != Self)
            life.TellApplied();
    }

    /// <summary>A node that names none is known by its number.</summary>
    private string ClusterAddress =>
        _options.Peers.FirstOrDefault(peer => peer.Id == Self)?.HostAndPort
        ?? (_options.ClusterAddress.Length > 0 ? _options.ClusterAddress : $"node {Self}");
}
