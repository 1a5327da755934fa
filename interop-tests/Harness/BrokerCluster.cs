using System.Text.Json;

namespace Cmq.MultiProtocol.Interop;

/// <summary>Several nodes that form one cluster, each a process of its own with data of its own.</summary>
public sealed class BrokerCluster : IAsyncDisposable
{
    private static readonly TimeSpan AgreementTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(50);

    private BrokerCluster(IReadOnlyList<BrokerProcess> nodes) => Nodes = nodes;

    /// <summary>In the order of their ids, which start at 1.</summary>
    public IReadOnlyList<BrokerProcess> Nodes { get; }

    /// <summary>Starts all nodes and waits until each of them serves.</summary>
    public static Task<BrokerCluster> StartAsync(int nodes = 3, IReadOnlyList<string>? arguments = null)
    {
        int[] ports = FreePorts.Pick(nodes);
        return StartAsync(ports, (_, to) => ports[to], i => new BrokerSettings { Arguments = arguments ?? [] });
    }

    /// <summary>Starts all nodes and waits until each of them serves.</summary>
    /// <param name="ports">Of the nodes' cluster listeners.</param>
    /// <param name="dial">The port by which a node (first index) reaches another one (second index); both from 0.</param>
    /// <param name="settings">Of a node by its index; its id, its port and its peers are added.</param>
    public static async Task<BrokerCluster> StartAsync(
        IReadOnlyList<int> ports, Func<int, int, int> dial, Func<int, BrokerSettings> settings)
    {
        var cluster = new BrokerCluster([.. ports.Select((port, i) =>
        {
            BrokerSettings own = settings(i);
            IEnumerable<string> peers = ports.Select(
                (known, to) => $"--Cluster:Peers:{to}={to + 1}@127.0.0.1:{(to == i ? known : dial(i, to))}");
            return BrokerProcess.Launch(own with
            {
                NodeId = i + 1,
                ClusterPort = port,
                Arguments = [.. peers, .. own.Arguments],
            });
        })]);
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

    /// <summary>The node that leads the group of a queue of namespace /, once all nodes that run agree on it.</summary>
    /// <exception cref="BrokerException">They do not in time.</exception>
    public Task<BrokerProcess> LeaderOfQueueAsync(string queue) => AgreedAsync(
        $"/cluster/queue?name={Uri.EscapeDataString(queue)}", static place => place);

    /// <summary>The same for a group by its number; 0 is the directory.</summary>
    public Task<BrokerProcess> LeaderOfGroupAsync(int group) => AgreedAsync(
        "/cluster", cluster => cluster.GetProperty("groups").EnumerateArray()
            .FirstOrDefault(one => one.GetProperty("group").GetInt32() == group));

    /// <summary>The numbers of all groups, the directory's first.</summary>
    public async Task<IReadOnlyList<int>> GroupsAsync()
    {
        JsonElement cluster = await Nodes.First(node => node.IsRunning).AskAdminJsonAsync("/cluster");
        return [.. cluster.GetProperty("groups").EnumerateArray().Select(group => group.GetProperty("group").GetInt32())];
    }

    private async Task<BrokerProcess> AgreedAsync(string path, Func<JsonElement, JsonElement> part)
    {
        using var patience = new CancellationTokenSource(AgreementTimeout);
        while (!patience.IsCancellationRequested)
        {
            int?[] leaders = await Task.WhenAll(
                Nodes.Where(node => node.IsRunning).Select(node => LeaderAsync(node, path, part)));
            if (leaders.Distinct().ToArray() is [{ } leader] && Nodes[leader - 1].IsRunning)
                return Nodes[leader - 1];
            await Task.Delay(AskAgain, CancellationToken.None);
        }

        throw new BrokerException($"the nodes do not agree on the leader of {path}", Nodes[0].Output);
    }

    private static async Task<int?> LeaderAsync(BrokerProcess node, string path, Func<JsonElement, JsonElement> part)
    {
        try
        {
            JsonElement found = part(await node.AskAdminJsonAsync(path));
            if (found.ValueKind != JsonValueKind.Object)
                return null;
            JsonElement leader = found.GetProperty("leader");
            return leader.ValueKind == JsonValueKind.Number ? leader.GetInt32() : null;
        }
        catch (HttpRequestException)
        {
            // It starts, stops, or does not know the queue yet.
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (BrokerProcess node in Nodes)
            await node.DisposeAsync();
    }
}
