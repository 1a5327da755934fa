using System.Collections.Concurrent;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Queues;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>
/// One life of this node: its connections, its lanes, its local group. Ends when the node is declared gone, and
/// nothing of it is taken over by the next.
/// </summary>
internal sealed class NodeLife
{
    /// <summary>Names of sessions in one message; with the longest names it is 32 MiB.</summary>
    private const int MaxClaimsPerMessage = 512;

    private readonly ConcurrentDictionary<GroupId, LaneSender> _lanes = new();
    private readonly ConcurrentDictionary<long, BrokerConnection> _connections = new();
    private readonly ConcurrentDictionary<GroupId, bool> _owed = new();
    private readonly ConcurrentDictionary<GroupId, DeliveryFence> _fences = new();
    private readonly ByteCount _pendingBytes = new();
    private readonly RequestTable _requests;
    private readonly TimeSpan _timeout;
    private LocalGroupHost? _local;
    private long _lastConnection;
    private long _lastUpload;
    private volatile string? _closing = "the node is not ready";
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

    /// <summary>How long whoever waits for the cluster waits.</summary>
    public TimeSpan Timeout => _timeout;

    public GroupId LocalGroup => GroupId.LocalOf(Life.Node);

    /// <summary>For all connections: it keeps nothing of any.</summary>
    public ConnectionLastValues LastValues => field ??= new ConnectionLastValues(this);

    public LocalGroupHost Local => _local ?? throw new InvariantException("a life has its local group from the start");

    /// <summary>Bytes on all lanes that wait for their answer.</summary>
    public long PendingBytes => _pendingBytes.Value;

    public int ConnectionCount => _connections.Count;

    /// <summary>Whoever asks for something is answered at once that there is no answer.</summary>
    public bool IsEnded => _ended;

    public void Start(LocalGroupHost local)
    {
        _local = local;
        local.Start();
    }

    public LaneSender LaneTo(GroupId group)
    {
        if (!_lanes.TryGetValue(group, out LaneSender? lane))
            lane = _lanes.GetOrAdd(group, MakeLane);
        // Made too late to be ended with the others.
        if (_ended)
            lane.End();
        return lane;
    }

    public long NextUpload() => Interlocked.Increment(ref _lastUpload);

    public long NextRequest() => _requests.NextNumber();

    public BrokerConnection Open(ConnectionOptions options)
    {
        long number = Interlocked.Increment(ref _lastConnection);
        var connection = new BrokerConnection(this, new ConnectionKey(Life, number), options);
        _connections[number] = connection;
        // Who was let in a moment before the doors were closed must hear of it, too.
        if (_closing is { } reason)
            options.Sink.Closing(reason);
        return connection;
    }

    public void Ended(BrokerConnection connection) => _connections.TryRemove(connection.Key.Number, out _);

    public BrokerConnection? Connection(long number) => _connections.GetValueOrDefault(number);

    /// <summary>A request without a response. A word to a group with queues that could not be sent is made up for by
    /// an announcement, which says it all.</summary>
    public void Tell(GroupId group, object body, long afterBatch = 0)
    {
        if (!Node.SendRequest(group, new NodeRequest(Life, 0, afterBatch, body)) && group != GroupId.Directory)
            _owed[group] = true;
    }

    /// <summary>Up to where this node routes by the directory.</summary>
    public void TellApplied() => Tell(GroupId.Directory, new DirectoryAsk.Applied(Node.Directory.AppliedIndex));

    /// <summary>Asks a group's leader, after everything that this node sent to the group before, or after a batch of its
    /// lane.</summary>
    /// <returns>Null when nobody answered in time.</returns>
    public ValueTask<object?> AskAsync(
        GroupId group,
        object body,
        CancellationToken cancellation,
        long number = 0,
        TimeSpan extra = default,
        long? afterBatch = null) =>
        _ended
            ? new ValueTask<object?>((object?)null)
            : _requests.AskAsync(
                group, afterBatch ?? LaneTo(group).LastNumber, body, _timeout + extra, cancellation, number);

    /// <summary>Asks for a lease, for a second at most: the next asking may find another leader.</summary>
    public Task<object?> AskLeaseAsync(DirectoryAsk.Renew renew, CancellationToken cancellation) => _requests.AskAsync(
        GroupId.Directory, 0, renew, TimeSpan.FromSeconds(1), cancellation).AsTask();

    /// <summary>Tells the directory that this life ends in good order.</summary>
    public Task LeaveAsync(TimeSpan timeout) => _requests.AskAsync(
        GroupId.Directory, 0, new DirectoryAsk.Leave(), timeout, CancellationToken.None).AsTask();

    public void Answered(GroupId group, in BatchResult result)
    {
        if (_lanes.TryGetValue(group, out LaneSender? lane))
            lane.Answered(result.Number, result.Verdict, result.Answers, result.Expected);
    }

    /// <summary>A leader's response. What a get brought is held from here on, or goes back if nobody waits for it
    /// any more; what a receive brought is checked out until its deadline in any case. What an earlier leader's get
    /// brought late is nobody's: the next leader was asked again.</summary>
    public void Responded(GroupId group, long number, object response)
    {
        if (response is not QueueSaid { Holder: > 0, Deliveries: [{ } delivery] } said
            || _requests.Find(number) is QueueAsk.Get { AutoSettle: true })
        {
            _requests.Responded(number, response);
            return;
        }

        // Held before the connection hears of it: an announcement may come between.
        BrokerConnection? holder = Connection(said.Holder);
        bool held = holder is not null && holder.Took(group, said.Fence, delivery);
        if (held && _requests.Responded(number, response))
            return;
        if (held)
            holder!.Settle(delivery.Queue, [delivery.Sequence], SettleOutcome.Returned);
        else if (!IsPast(group, said.Fence))
            Return(group, new ConnectionKey(Life, said.Holder), delivery);
    }

    private void Return(GroupId group, ConnectionKey holder, Delivery delivery) => LaneTo(group).Enqueue(
        (delivery.Queue, holder, Ranges: SequenceRanges.Of([delivery.Sequence])),
        static (state, output) => QueueCommandWriter.Settle(
            output, state.Queue, state.holder, SettleOutcome.Returned, state.Ranges),
        null,
        0);

    /// <summary>A group has a leader, perhaps a new one, or the way to it was restored: repeat what is open. What this
    /// node holds the leader asks for.</summary>
    public void LeaderFound(GroupId group)
    {
        if (group == GroupId.Directory)
            TellApplied();
        else
            AnnounceClaims(group);
        if (_lanes.TryGetValue(group, out LaneSender? lane))
            lane.SendAgain();
        _requests.SendAgain(group);
    }

    /// <summary>Nothing sent under that fence is taken any more.</summary>
    public bool IsPast(GroupId group, DeliveryFence fence) =>
        _fences.TryGetValue(group, out DeliveryFence asked) && fence.IsBefore(asked);

    /// <summary>Says what this node holds of a group, as of a batch of its lane: the leader takes it when it has
    /// applied that one, so that nothing is counted twice that is being settled meanwhile.</summary>
    /// <param name="group">The group.</param>
    /// <param name="fence">What is sent under a lower one is not taken from here on.</param>
    /// <param name="leader">Who asked: this node may not have heard yet that it leads.</param>
    public void Announce(GroupId group, DeliveryFence fence, NodeId leader)
    {
        DeliveryFence highest = _fences.AddOrUpdate(
            group, fence, (_, known) => known.IsBefore(fence) ? fence : known);
        if (_ended || highest != fence)
            return;
        AnnouncementBuilder announcement = Holdings(group, fence);
        // One that cannot be sent is asked for again.
        Node.SendRequest(leader, group, new NodeRequest(Life, 0, announcement.AsOf, announcement.Build()));
        AnnounceClaims(group);
    }

    /// <summary>Unasked: a word about credit or claims was lost on its way, and this says it all.</summary>
    private void AnnounceAgain(GroupId group)
    {
        AnnouncementBuilder announcement = Holdings(group, default);
        Tell(group, announcement.Build(), announcement.AsOf);
        AnnounceClaims(group);
    }

    private AnnouncementBuilder Holdings(GroupId group, DeliveryFence fence)
    {
        // What is settled from here on must not go with that batch, or its leader would take it for held for ever.
        long asOf = _lanes.TryGetValue(group, out LaneSender? lane) ? lane.Mark() : 0;
        var announcement = new AnnouncementBuilder(asOf, fence);
        foreach ((_, BrokerConnection connection) in _connections)
            connection.Announce(group, announcement);
        return announcement;
    }

    /// <summary>Says which names of sessions connections here have that the log does not tell.</summary>
    private void AnnounceClaims(GroupId group)
    {
        List<SessionClaim> claims = [];
        foreach ((_, BrokerConnection connection) in _connections)
            connection.AddClaims(group, claims);
        foreach (SessionClaim[] part in claims.Chunk(MaxClaimsPerMessage))
            _ = AnnounceAsync(group, new SessionAsk.Announce(part));
    }

    private async Task AnnounceAsync(GroupId group, SessionAsk.Announce announce)
    {
        object? said = await AskAsync(group, announce.ToPart(), CancellationToken.None).ConfigureAwait(false);
        if (said is not PartSaid { Reply: Reply.Ok } && !_ended)
            _owed[group] = true;
    }

    /// <summary>Queues may have gone: their consumers here are told.</summary>
    public void CancelGone(Metadata.DirectorySnapshot directory)
    {
        foreach (BrokerConnection connection in _connections.Values)
            connection.CancelGone(directory);
    }

    public void Tick()
    {
        foreach ((_, LaneSender lane) in _lanes)
            lane.Tick();
        foreach ((GroupId group, _) in _owed)
        {
            if (Node.LeaderOf(group).Value != 0 && _owed.TryRemove(group, out _))
                AnnounceAgain(group);
        }

        _requests.SendLeft();
        // A connection may wait for room that others take.
        foreach ((_, BrokerConnection connection) in _connections)
            connection.WakeIfRoom();
    }

    /// <summary>Lets clients in.</summary>
    public void OpenClients() => _closing = null;

    /// <summary>Tells all clients to go, and those that still come.</summary>
    public void CloseClients(string reason)
    {
        _closing = reason;
        foreach (BrokerConnection connection in _connections.Values)
            connection.Sink.Closing(reason);
    }

    public async ValueTask EndAsync()
    {
        _ended = true;
        foreach (LaneSender lane in _lanes.Values)
            lane.End();
        _requests.End();
        await Local.DisposeAsync().ConfigureAwait(false);
    }

    private LaneSender MakeLane(GroupId group) => new(
        LaneSource.Of(Life),
        batch => Node.SendBatch(group, batch),
        Node.Time,
        (int)_timeout.TotalMilliseconds,
        _pendingBytes);
}
