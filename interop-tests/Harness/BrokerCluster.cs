namespace Cmq.MultiProtocol.Interop;

/// <summary>Several nodes that form one cluster, each a process of its own with data of its own.</summary>
public sealed class BrokerCluster : IAsyncDisposable
{
    private BrokerCluster(IReadOnlyList<BrokerProcess> nodes) => Nodes = nodes;

    /// <summary>In the order of their ids, which start at 1.</summary>
    public IReadOnlyList<BrokerProcess> Nodes { get; }

    /// <summary>Starts all nodes and waits until each of them serves.</summary>
    public static async Task<BrokerCluster> StartAsync(int nodes = 3, IReadOnlyList<string>? arguments = null)
    {
        int[] ports = FreePorts.Pick(nodes);
        string[] peers = [.. ports.Select((port, i) => $"--Cluster:Peers:{i}={i + 1}@127.0.0.1:{port}")];
        var cluster = new BrokerCluster([.. ports.Select((port, i) => BrokerProcess.Launch(new BrokerSettings
        {
            NodeId = i + 1,
            ClusterPort = port,
            Arguments = [.. peers, .. arguments ?? []],
        }))]);
        try
        {
            await Task.WhenAll(cluster.Nodes.Select(node => node.WaitReadyAsync()));
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (BrokerProcess node in Nodes)
            await node.DisposeAsync();
    }
}
