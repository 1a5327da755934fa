using System.Collections.Concurrent;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>
/// One life of this node: its connections, its lanes, its local group. Ends when the node is declared gone, and
/// nothing of it is taken over by the next.
/// </summary>
internal sealed class NodeLife
{
    private readonly ConcurrentDictionary<GroupId, LaneSender> _lanes = new();
    private readonly ConcurrentDictionary<long, BrokerConnection> _connections = new();
    private readonly RequestTable _requests;
    private readonly TimeSpan _timeout;
    private LocalGroupHost? _local;
    private long _lastConnection;
    private long _lastUpload;
    private volatile bool _ended;

    public NodeLife(BrokerNode node, NodeIncarnation life, TimeSpan timeout)
    {
        Node = node;
        Life = life;
        _timeout = timeout;
        _requests = new RequestTable(() => Life, node.SendRequest, node.Time);
    }

    public BrokerNode Node { get; }

    public NodeIncarnation Life { get; }

    public GroupId LocalGroup => GroupId.LocalOf(Life.Node);

    public LocalGroupHost Local => _local ?? throw new InvariantException("a life has its local group from the start");

    /// <summary>Bytes on all lanes that wait for their answer.</summary>
    public long PendingBytes => _lanes.Values.Sum(lane => lane.PendingBytes);

    public int ConnectionCount => _connections.Count;

    public void Start(LocalGroupHost local)
    {
        _local = local;
        local.Start();
    }

    public LaneSender LaneTo(GroupId group) => _lanes.GetOrAdd(group, MakeLane);

    public long NextUpload() => Interlocked.Increment(ref _lastUpload);

    public long NextRequest() => _requests.NextNumber();

    public BrokerConnection Open(ConnectionOptions options)
    {
        long number = Interlocked.Increment(ref _lastConnection);
        var connection = new BrokerConnection(this, new ConnectionKey(Life, number), options);
        _connections[number] = connection;
        return connection;
    }

    public void Ended(BrokerConnection connection) => _connections.TryRemove(connection.Key.Number, out _);

    public BrokerConnection? Connection(long number) => _connections.GetValueOrDefault(number);

    /// <summary>A request without a response; lost if nobody leads, because a new leader is announced to.</summary>
    public void Tell(GroupId group, object body) => Node.SendRequest(group, new NodeRequest(Life, 0, 0, body));

    /// <summary>Asks a group's leader, after everything that this node sent to the group before.</summary>
    /// <returns>Null when nobody answered in time.</returns>
    public ValueTask<object?> AskAsync(
        GroupId group, object body, CancellationToken cancellation, long number = 0, TimeSpan extra = default) =>
        _ended
            ? new ValueTask<object?>((object?)null)
            : _requests.AskAsync(
                group, LaneTo(group).LastNumber, body, _timeout + extra, cancellation, number);

    /// <summary>Asks for a lease, for a second at most: the next asking may find another leader.</summary>
    public Task<object?> AskLeaseAsync(Guid storeId, string address, CancellationToken cancellation) => _requests.AskAsync(
        GroupId.Directory, 0, new DirectoryAsk.Renew(storeId, address), TimeSpan.FromSeconds(1), cancellation).AsTask();

    /// <summary>Tells the directory that this life ends in good order.</summary>
    public Task LeaveAsync(TimeSpan timeout) => _requests.AskAsync(
        GroupId.Directory, 0, new DirectoryAsk.Leave(), timeout, CancellationToken.None).AsTask();

    public void Answered(GroupId group, in BatchResult result)
    {
        if (_lanes.TryGetValue(group, out LaneSender? lane))
            lane.Answered(result.Number, result.Verdict, result.Answers, result.Expected);
    }

    /// <returns>False: nobody waits for it.</returns>
    public bool Responded(long number, object response) => _requests.Responded(number, response);

    /// <summary>A group has a leader, perhaps a new one, or the way to it was restored: say what this node holds, then
    /// repeat what is open.</summary>
    public void LeaderFound(GroupId group)
    {
        if (group != GroupId.Directory)
            Announce(group);
        if (_lanes.TryGetValue(group, out LaneSender? lane))
            lane.SendAgain();
        _requests.SendAgain(group);
    }

    public void Announce(GroupId group)
    {
        var announcement = new AnnouncementBuilder();
        foreach (BrokerConnection connection in _connections.Values)
            connection.Announce(group, announcement);
        Tell(group, announcement.Build());
    }

    /// <summary>Queues may have gone: their consumers here are told.</summary>
    public void CancelGone(Metadata.DirectorySnapshot directory)
    {
        foreach (BrokerConnection connection in _connections.Values)
            connection.CancelGone(directory);
    }

    public void Tick()
    {
        foreach (LaneSender lane in _lanes.Values)
            lane.Tick();
    }

    /// <summary>Tells all clients to go.</summary>
    public void CloseClients(string reason)
    {
        foreach (BrokerConnection connection in _connections.Values)
            connection.Sink.Closing(reason);
    }

    public async ValueTask EndAsync()
    {
        _ended = true;
        foreach (LaneSender lane in _lanes.Values)
            lane.End();
        await Local.DisposeAsync().ConfigureAwait(false);
    }

    private LaneSender MakeLane(GroupId group) => new(
        LaneSource.Of(Life),
        batch => Node.SendBatch(group, batch),
        Node.Time,
        (int)_timeout.TotalMilliseconds);
}
