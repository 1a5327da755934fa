using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Tests.Storage;
using Cmq.MultiProtocol.Core.Tests.Transport;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>Three nodes in this process, over real sockets on loopback.</summary>
internal sealed class TestCluster(Func<int, NodeOptions, NodeOptions> change, TimeProvider? time) : IAsyncDisposable
{
    private readonly TemporaryDirectory[] _directories = [new(), new(), new()];
    private readonly PeerListener[] _listeners = new PeerListener[3];
    private readonly TestNode?[] _nodes = new TestNode?[3];

    public TestNode this[int node] => _nodes[node] ?? throw new InvariantException("that node is down");

    public static Task<TestCluster> StartAsync(
        Func<NodeOptions, NodeOptions>? change = null, TimeProvider? time = null) =>
        StartAsync((_, options) => change?.Invoke(options) ?? options, time);

    /// <param name="change">Gets the node's place, from 0, too.</param>
    /// <param name="time">Of the last node; null = the system's.</param>
    public static async Task<TestCluster> StartAsync(
        Func<int, NodeOptions, NodeOptions> change, TimeProvider? time = null)
    {
        var cluster = new TestCluster(change, time);
        for (int i = 0; i < 3; i++)
            cluster._listeners[i] = await PeerListener.StartAsync();
        for (int i = 0; i < 3; i++)
            await cluster.StartAsync(i);
        await Task.WhenAll(cluster._nodes.Select(node => node!.ReadyAsync()));
        return cluster;
    }

    /// <summary>Starts a node, again or for the first time; it may be not ready yet.</summary>
    public async Task StartAsync(int node)
    {
        _nodes[node] = await TestNode.StartAsync(
            _directories[node], Options(node), ready: false, node == 2 ? time : null);
        _listeners[node].Handle = _nodes[node]!.Node.HandlePeerAsync;
    }

    public async Task StopAsync(int node)
    {
        TestNode? stopping = _nodes[node];
        _nodes[node] = null;
        if (stopping is not null)
            await stopping.DisposeAsync();
    }

    public int LeaderOf(GroupId group) => _nodes.First(node => node is not null)!.Node.LeaderOf(group).Value - 1;

    public async ValueTask DisposeAsync()
    {
        for (int i = 0; i < 3; i++)
            await StopAsync(i);
        foreach (PeerListener listener in _listeners)
            await listener.DisposeAsync();
        foreach (TemporaryDirectory directory in _directories)
            directory.Dispose();
    }

    private Func<NodeOptions, NodeOptions> Options(int node) => options => change(node, options) with
    {
        Id = new NodeId(node + 1),
        Peers = [.. _listeners.Select((listener, i) => new PeerAddress(new NodeId(i + 1), "127.0.0.1", listener.Port))],
    };
}
