using System.Runtime.InteropServices;
using Cmq.MultiProtocol.Core.Cluster.Transport;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Groups;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <content>The other nodes.</content>
public sealed partial class BrokerNode : IPeerHandler
{
    private const int PeerProtocolVersion = 1;

    private readonly Dictionary<NodeId, PeerHello> _connected = [];
    private readonly Lock _peersGate = new();
    private TaskCompletionSource _peersChanged = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource<BootstrapRecord> _received = new(TaskCreationOptions.RunContinuationsAsynchronously);

    PeerHello IPeerHandler.Hello => new(
        Self, _record?.ClusterId ?? Guid.Empty, _store.StoreId, FirstIncarnation, PeerProtocolVersion);

    private IReadOnlyList<PeerAddress> OtherPeers => [.. _options.Peers.Where(peer => peer.Id != Self)];

    string? IPeerHandler.Refuse(PeerHello hello)
    {
        if (hello.ProtocolVersion != PeerProtocolVersion)
            return $"peer protocol version {hello.ProtocolVersion}, here {PeerProtocolVersion}";
        if (OtherPeers.All(peer => peer.Id != hello.Node))
            return $"node {hello.Node} is not among Cluster:Peers";
        if (_record is not { } record)
            return null;
        if (hello.ClusterId != Guid.Empty && hello.ClusterId != record.ClusterId)
            return $"it is of cluster {hello.ClusterId}, this node is of {record.ClusterId}";
        BootstrapRecord.Replica? replica = record.Replicas.FirstOrDefault(one => one.Node == hello.Node.Value);
        return replica?.StoreId == hello.StoreId
            ? null
            : $"node {hello.Node} came with another disk ({hello.StoreId}): it must be added, it cannot go on";
    }

    void IPeerHandler.PeerConnected(PeerHello hello)
    {
        if (_record is { } record && hello.ClusterId == Guid.Empty)
            SendRecord(hello.Node, record);
        foreach (RaftGroupHost host in _groups.Values)
            host.Post(new GroupEvent.PeerConnected(hello.Node));
        lock (_peersGate)
        {
            _connected[hello.Node] = hello;
            _peersChanged.TrySetResult();
            _peersChanged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

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
            _connected.Remove(peer);
        foreach (RaftGroupHost host in _groups.Values)
            host.Post(new GroupEvent.PeerDisconnected(peer));
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
                ReceiveDeliveries(message.Payload);
                break;
            case PeerKind.Resync:
                _life?.Announce(message.Group);
                break;
            case PeerKind.Bootstrap:
                _received.TrySetResult(BootstrapRecord.Parse(message.Payload.Span));
                break;
            case >= PeerKind.SnapshotEntries and <= PeerKind.SnapshotAnswer:
                _groups.GetValueOrDefault(message.Group)?.ReceiveSnapshot(from, kind, message.Payload);
                break;
            default:
                throw new InvariantException($"peer message {kind} is unknown in this version");
        }
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

    private void ReceiveDeliveries(ReadOnlyMemory<byte> payload)
    {
        var reader = new StateReader(payload);
        NodeIncarnation life = PeerCodec.ReadLife(ref reader);
        HashSet<BrokerConnection> touched = [];
        for (int i = reader.ReadCount(); i > 0; i--)
        {
            long connection = reader.ReadInt64();
            Broker.Delivery delivery = MessageCodec.ReadDelivery(ref reader);
            if (Connection(new ConnectionKey(life, connection)) is not { } target)
                continue;
            target.Deliver(delivery);
            touched.Add(target);
        }

        foreach (BrokerConnection connection in touched)
            connection.Sink.Flush();
    }

    private void StartTransport(ILoggerFactory loggers)
    {
        if (OtherPeers.Count == 0)
            return;
        _transport = new PeerTransport(
            new PeerTransportOptions { Node = Self, Secret = _options.Secret }, this, Time, loggers);
        _transport.Start(OtherPeers);
    }

    private void SendRecord(NodeId to, BootstrapRecord record)
    {
        if (record.Replicas.Any(replica => replica.Node == to.Value))
            SendPeer(to, PeerLane.Bulk, new PeerMessage((byte)PeerKind.Bootstrap, GroupId.Directory, record.ToBytes()));
    }

    /// <summary>Finds this node's cluster: its own record, a new one, or one that a peer hands out.</summary>
    private async Task<BootstrapRecord> FindClusterAsync(CancellationToken cancellation)
    {
        if (BootstrapRecord.Load(_options.DataDirectory) is { } known)
            return known;
        IReadOnlyList<PeerAddress> peers = OtherPeers;
        if (peers.Count > 0)
            GroupTrace.WaitingForPeers(_log, string.Join(", ", peers.Select(peer => peer.Id)));
        while (true)
        {
            Task changed;
            Dictionary<NodeId, PeerHello> connected;
            lock (_peersGate)
            {
                changed = _peersChanged.Task;
                connected = new Dictionary<NodeId, PeerHello>(_connected);
            }

            bool allEmpty = peers.All(peer =>
                connected.TryGetValue(peer.Id, out PeerHello? hello) && hello.ClusterId == Guid.Empty);
            if (allEmpty && peers.All(peer => peer.Id.Value > Self.Value))
                return MakeCluster(connected);
            await Task.WhenAny(changed, _received.Task).WaitAsync(cancellation).ConfigureAwait(false);
            if (!_received.Task.IsCompleted)
                continue;
            BootstrapRecord record = await _received.Task.ConfigureAwait(false);
            if (record.Replicas.Any(replica => replica.Node == Self.Value && replica.StoreId == _store.StoreId))
            {
                record.Save(_options.DataDirectory);
                return record;
            }

            // A record that does not name this disk is for a node that it once was: wait to be added.
            _received = new TaskCompletionSource<BootstrapRecord>(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private BootstrapRecord MakeCluster(Dictionary<NodeId, PeerHello> connected)
    {
        BootstrapRecord.Replica[] replicas =
        [
            new BootstrapRecord.Replica(Self.Value, _store.StoreId),
            .. connected.Values.Select(hello => new BootstrapRecord.Replica(hello.Node.Value, hello.StoreId)),
        ];
        BootstrapRecord record = BootstrapRecord.Make(_options, replicas, out SeedAccessKey? newKey);
        record.Save(_options.DataDirectory);
        NewAccessKey = newKey;
        GroupTrace.Bootstrapped(
            _log, record.ClusterId, record.DataGroups, string.Join(", ", replicas.Select(replica => replica.Node)));
        foreach (NodeId peer in connected.Keys)
            SendRecord(peer, record);
        return record;
    }
}
