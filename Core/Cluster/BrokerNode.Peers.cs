using System.Collections.Frozen;
using Cmq.MultiProtocol.Core.Cluster.Transport;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <content>The other nodes.</content>
public sealed partial class BrokerNode : IPeerHandler
{
    private const int PeerProtocolVersion = 3;

    private readonly Dictionary<NodeId, PeerHello> _connected = [];
    private readonly Lock _peersGate = new();
    private volatile FrozenSet<NodeId> _members = FrozenSet<NodeId>.Empty;
    private BootstrapRecord? _offered;
    private TaskCompletionSource _peersChanged = new(TaskCreationOptions.RunContinuationsAsynchronously);

    PeerHello IPeerHandler.Hello => new(
        Self, _record?.ClusterId ?? Guid.Empty, _store.StoreId, FirstIncarnation, PeerProtocolVersion);

    private IReadOnlyList<PeerAddress> OtherPeers => [.. _options.Peers.Where(peer => peer.Id != Self)];

    string? IPeerHandler.Refuse(PeerHello hello)
    {
        if (hello.ProtocolVersion != PeerProtocolVersion)
            return $"peer protocol version {hello.ProtocolVersion}, here {PeerProtocolVersion}";
        if (hello.ClusterId == Guid.Empty)
            return RefuseEmpty(hello);
        if (_record is not { } record)
            return null;
        return hello.ClusterId == record.ClusterId
            ? RefuseKnown(hello)
            : $"it is of cluster {hello.ClusterId}, this node is of {record.ClusterId}";
    }

    void IPeerHandler.PeerConnected(PeerHello hello)
    {
        BootstrapRecord? record;
        lock (_peersGate)
        {
            record = _record;
            _connected[hello.Node] = hello;
            PeersChanged();
        }

        if (record is not null && hello.ClusterId == Guid.Empty)
            OfferRecord(hello);
        foreach (RaftGroupHost host in _groups.Values)
            host.Post(new GroupEvent.PeerConnected(hello.Node));
        TellSpace(hello.Node);
        Subscriptions.PeerConnected(hello.Node);
        Presence.PeerConnected(hello.Node);
        if (_life is not { } life)
            return;
        foreach (GroupId group in _groups.Keys)
        {
            if (LeaderOf(group) == hello.Node)
                life.LeaderFound(group);
        }

        life.LeaderFound(GroupId.LocalOf(hello.Node));
    }

    void IPeerHandler.PeerDisconnected(NodeId peer)
    {
        lock (_peersGate)
        {
            _connected.Remove(peer);
            PeersChanged();
        }

        foreach (RaftGroupHost host in _groups.Values)
            host.Post(new GroupEvent.PeerDisconnected(peer));
        _space.Lost(peer);
        Subscriptions.PeerDisconnected(peer);
        Presence.PeerDisconnected(peer);
        _life?.Local.Post(new GroupEvent.PeerDisconnected(peer));
    }

    /// <summary>A node that came empty, and speaks as a member, has joined since. Who was away when it was added knows it
    /// by its hello only, and it may be the one to tell what happened.</summary>
    private void HearAgain(NodeId from)
    {
        lock (_peersGate)
        {
            if (_record is null || _connected.GetValueOrDefault(from)?.ClusterId != Guid.Empty)
                return;
        }

        _transport?.Reset(from);
    }

    private void StartTransport()
    {
        if (_parts.Transport is { } make)
        {
            _transport = make(this);
            return;
        }

        var transport = new PeerTransport(
            new PeerTransportOptions { Node = Self, Secret = _options.Secret }, this, Time, _parts.Loggers);
        // Known before it runs: what a peer is told must not find it missing.
        _transport = transport;
        transport.Start(OtherPeers);
    }

    private void SendRecord(NodeId to, BootstrapRecord record) =>
        SendPeer(to, PeerLane.Bulk, new PeerMessage((byte)PeerKind.Bootstrap, GroupId.Directory, record.ToBytes()));

    private void Offer(BootstrapRecord record)
    {
        lock (_peersGate)
        {
            _offered = record;
            PeersChanged();
        }
    }

    /// <summary>Under the peers' lock.</summary>
    private void PeersChanged()
    {
        _members = _record is { } record
            ? _connected.Values.Where(hello => hello.ClusterId == record.ClusterId || IsMember(hello))
                .Select(hello => hello.Node).ToFrozenSet()
            : FrozenSet<NodeId>.Empty;
        _peersChanged.TrySetResult();
        _peersChanged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Finds this node's cluster: its own record, a new one, or one that a peer hands out.</summary>
    private async Task<BootstrapRecord> FindClusterAsync(CancellationToken cancellation)
    {
        if (_record is { } known)
            return known;
        IReadOnlyList<PeerAddress> peers = OtherPeers;
        if (peers.Count > 0)
            GroupTrace.WaitingForPeers(_log, string.Join(", ", peers.Select(peer => peer.Id)));
        while (true)
        {
            Task changed;
            BootstrapRecord? offered;
            Dictionary<NodeId, PeerHello> connected;
            lock (_peersGate)
            {
                changed = _peersChanged.Task;
                offered = _offered;
                connected = new Dictionary<NodeId, PeerHello>(_connected);
            }

            // A record that does not name this disk is for a node that it once was: it waits to be added.
            if (offered is not null && offered.Names(Self, _store.StoreId))
            {
                Adopt(offered);
                return offered;
            }

            bool allEmpty = peers.All(peer =>
                connected.TryGetValue(peer.Id, out PeerHello? hello) && hello.ClusterId == Guid.Empty);
            if (allEmpty && peers.All(peer => peer.Id.Value > Self.Value))
                return MakeCluster([.. peers.Select(peer => connected[peer.Id])]);
            await changed.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    private BootstrapRecord MakeCluster(IReadOnlyList<PeerHello> peers)
    {
        BootstrapRules.CheckNew(_options, members: peers.Count + 1);
        BootstrapRecord.Replica[] replicas =
        [
            new BootstrapRecord.Replica(Self.Value, _store.StoreId),
            .. peers.Select(hello => new BootstrapRecord.Replica(hello.Node.Value, hello.StoreId)),
        ];
        BootstrapRecord record = BootstrapRecord.Make(_options, replicas, out SeedAccessKey? newKey);
        Adopt(record);
        NewAccessKey = newKey;
        GroupTrace.Bootstrapped(
            _log, record.ClusterId, record.DataGroups, string.Join(", ", replicas.Select(replica => replica.Node)));
        return record;
    }

    /// <summary>Keeps the record, and hands it to whoever is connected without one.</summary>
    private void Adopt(BootstrapRecord record)
    {
        record.Save(_options.DataDirectory);
        PeerHello[] without;
        lock (_peersGate)
        {
            _record = record;
            PeersChanged();
            without = [.. _connected.Values.Where(hello => hello.ClusterId == Guid.Empty)];
        }

        foreach (PeerHello peer in without)
            OfferRecord(peer);
    }
}
