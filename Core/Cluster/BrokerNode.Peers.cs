using System.Collections.Frozen;
using System.Runtime.InteropServices;
using Cmq.MultiProtocol.Core.Cluster.Transport;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Groups;

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

    void IPeerHandler.Received(NodeId from, PeerLane lane, in PeerMessage message)
    {
        try
        {
            Receive(from, message);
        }
        catch (Exception error)
        {
            Fail(error);
        }
    }

    private void Receive(NodeId from, in PeerMessage message)
    {
        var kind = (PeerKind)message.Kind;
        // Not of this node's cluster, or not yet: all it can have is the record.
        if (kind != PeerKind.Bootstrap && !_members.Contains(from))
        {
            HearAgain(from);
            return;
        }

        switch (kind)
        {
            case PeerKind.Raft:
                ReceiveRaft(from, message);
                break;
            case PeerKind.LaneBatch:
                // The payload is ours alone, and a leader stamps what it proposes.
                HostOf(message.Group)?.Post(new GroupEvent.Batch(MemoryMarshal.AsMemory(message.Payload)));
                break;
            case PeerKind.LaneAnswer:
                Answered(message.Group, PeerCodec.ReadAnswer(message.Payload));
                break;
            case PeerKind.Request:
                HostOf(message.Group)?.Post(new GroupEvent.Request(PeerCodec.ReadRequest(message.Payload)));
                break;
            case PeerKind.Response:
                (NodeIncarnation to, long number, object response) = PeerCodec.ReadResponse(message.Payload);
                Respond(to, message.Group, number, response);
                break;
            case PeerKind.Deliveries:
                ReceiveDeliveries(message.Group, message.Payload);
                break;
            case PeerKind.ConsumerGroupChanged:
                ReceiveConsumerGroupChange(message.Payload);
                break;
            case PeerKind.Resync:
                var asked = new StateReader(message.Payload);
                _life?.Announce(message.Group, PeerCodec.ReadFence(ref asked), from);
                break;
            case PeerKind.Space:
                _space.Heard(from, message.Payload.Span is [not 0, ..]);
                break;
            case PeerKind.TakenOver:
                ReceiveTakenOver(message.Payload);
                break;
            case PeerKind.HandOver:
                ReceiveHandOver(message);
                break;
            case PeerKind.Bootstrap:
                Offer(BootstrapRecord.Parse(message.Payload.Span));
                break;
            case >= PeerKind.Filters and <= PeerKind.HeardTaken:
                ReceiveSubscriptions(from, kind, message.Payload);
                break;
            case >= PeerKind.Presence and <= PeerKind.EarlierTold:
                ReceivePresence(from, kind, message.Payload);
                break;
            case (>= PeerKind.SnapshotEntries and <= PeerKind.SnapshotAnswer)
                or PeerKind.SnapshotBlocks or PeerKind.SnapshotBegin:
                _groups.GetValueOrDefault(message.Group)?.ReceiveSnapshot(from, kind, message.Payload);
                break;
            default:
                throw new InvariantException($"peer message {kind} is unknown in this version");
        }
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

    private void ReceiveRaft(NodeId from, in PeerMessage message)
    {
        if (!_groups.TryGetValue(message.Group, out RaftGroupHost? host))
            return;
        var reader = new StateReader(message.Payload);
        host.Clock.Heard(from, reader.ReadInt64());
        Invariant.Check(RaftMessageCodec.TryRead(reader.ReadRest(), out RaftMessage raft), "a Raft message is malformed");
        host.Post(new GroupEvent.Raft(raft));
    }

    private void ReceiveDeliveries(GroupId group, ReadOnlyMemory<byte> payload)
    {
        var reader = new StateReader(payload);
        NodeIncarnation life = PeerCodec.ReadLife(ref reader);
        DeliveryFence fence = PeerCodec.ReadFence(ref reader);
        HashSet<BrokerConnection> touched = [];
        while (reader.Remaining > 0)
        {
            long connection = reader.ReadInt64();
            Broker.Delivery delivery = MessageCodec.ReadDelivery(ref reader);
            if (Connection(new ConnectionKey(life, connection)) is not { } target)
                continue;
            target.Deliver(group, fence, delivery);
            touched.Add(target);
        }

        foreach (BrokerConnection connection in touched)
            connection.Sink.Flush();
    }

    private void ReceiveConsumerGroupChange(ReadOnlyMemory<byte> payload)
    {
        (NodeIncarnation to, string group, long generation, long[] connections) =
            ConsumerGroupCodec.ReadChange(payload);
        foreach (long connection in connections)
            Connection(new ConnectionKey(to, connection))?.GroupChanged(group, generation);
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
