using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Tests.Storage;
using Cmq.MultiProtocol.Core.Tests.Transport;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>Some nodes in one process that talk over loopback sockets, with small logs.</summary>
internal sealed class CatchUpCluster : IAsyncDisposable
{
    private readonly List<Member> _members = [];

    private sealed class Member
    {
        public required NodeId Id { get; init; }

        public required PeerListener Listener { get; init; }

        public bool KnowsFirstOnly { get; init; }

        public TemporaryDirectory Disk { get; set; } = new();

        public BrokerNode? Node { get; set; }

        public NodeLog Log { get; set; } = new();
    }

    public NodeOptions Options { get; init; } = new()
    {
        DataDirectory = "",
        DataGroups = 1,
        SegmentBits = 24,
        SnapshotLogBytes = 2 * 1024 * 1024,
        EntryCacheBytes = 1024 * 1024,
        KeptBelowSnapshot = 16,
    };

    public BrokerNode this[int id] => _members[id - 1].Node!;

    public NodeLog LogOf(int id) => _members[id - 1].Log;

    public static async Task<CatchUpCluster> OfAsync(int nodes, CancellationToken stop)
    {
        var cluster = new CatchUpCluster();
        for (int id = 1; id <= nodes; id++)
        {
            cluster._members.Add(new Member
            {
                Id = new NodeId(id),
                Listener = await PeerListener.StartAsync(),
            });
        }

        for (int id = 1; id <= nodes; id++)
            await cluster.StartAsync(id, stop);
        for (int id = 1; id <= nodes; id++)
            await cluster.WhenReadyAsync(id, stop);
        return cluster;
    }

    /// <summary>Starts a further node, empty, that knows the first one; nobody knows it.</summary>
    public async Task JoinAsync(int id, CancellationToken stop)
    {
        _members.Add(new Member
        {
            Id = new NodeId(id),
            Listener = await PeerListener.StartAsync(),
            KnowsFirstOnly = true,
        });
        await StartAsync(id, stop);
    }

    /// <summary>Throws what the node failed with if it does.</summary>
    public async Task WhenReadyAsync(int id, CancellationToken stop)
    {
        Task ready = this[id].WhenReadyAsync(stop);
        await await Task.WhenAny(ready, this[id].Failed);
    }

    public async Task StartAsync(int id, CancellationToken stop)
    {
        Member member = _members[id - 1];
        member.Log = new NodeLog();
        BrokerNode node = await BrokerNode.StartAsync(
            Options with
            {
                Id = member.Id,
                DataDirectory = member.Disk.Path,
                Peers = PeersOf(member),
            },
            TimeProvider.System,
            member.Log,
            stop);
        member.Listener.Handle = node.HandlePeerAsync;
        member.Node = node;
    }

    private IReadOnlyList<PeerAddress> PeersOf(Member member)
    {
        Member[] known = [.. _members.Where(one => member.KnowsFirstOnly
            ? one == member || one.Id.Value == 1
            : !one.KnowsFirstOnly)];
        return known.Length == 1
            ? []
            : [.. known.Select(one => new PeerAddress(one.Id, "127.0.0.1", one.Listener.Port))];
    }

    public async Task StopAsync(int id)
    {
        Member member = _members[id - 1];
        member.Listener.Handle = connection =>
        {
            connection.Abort();
            return Task.CompletedTask;
        };
        await member.Node!.DisposeAsync();
        member.Node = null;
    }

    /// <summary>Gives a node that is stopped an empty disk.</summary>
    public void ReplaceDisk(int id)
    {
        Member member = _members[id - 1];
        member.Disk.Dispose();
        member.Disk = new TemporaryDirectory();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Member member in _members)
        {
            if (member.Node is not null)
                await StopAsync(member.Id.Value);
            await member.Listener.DisposeAsync();
            member.Disk.Dispose();
        }
    }
}
