using Cmq.MultiProtocol.Interop.Durability.Clients;
using Cmq.MultiProtocol.Interop.Durability.Workload;

namespace Cmq.MultiProtocol.Interop.Durability.Chaos;

/// <summary>Three nodes whose links go through proxies, the last one on a small disk of its own where that may be
/// mounted. Small segments and snapshots, so that both come and go while the faults do.</summary>
internal sealed class FaultyCluster : IAsyncDisposable
{
    private const string DiskSize = "768m";

    private static readonly string[] Arguments =
    [
        "--Node:SegmentBits=24", "--Node:SnapshotLogBytes=16MiB", "--Node:KeptLogBytes=64MiB",
        "--Node:EntryCacheBytes=4MiB", "--Node:CheckBytesPerSecond=256MiB",
    ];

    private FaultyCluster(BrokerCluster brokers, IReadOnlyList<FaultyLink> links, SmallDisk? disk)
    {
        Brokers = brokers;
        Links = links;
        Disk = disk;
    }

    public BrokerCluster Brokers { get; }

    public IReadOnlyList<BrokerProcess> Nodes => Brokers.Nodes;

    public IReadOnlyList<FaultyLink> Links { get; }

    /// <summary>Of the last node; null where nothing may be mounted.</summary>
    public SmallDisk? Disk { get; }

    public static async Task<FaultyCluster> StartAsync(int nodes = 3)
    {
        int[] ports = FreePorts.Pick(nodes);
        List<FaultyLink> links = [];
        for (int dialler = 2; dialler <= nodes; dialler++)
        {
            for (int dialled = 1; dialled < dialler; dialled++)
                links.Add(new FaultyLink(dialled, dialler, ports[dialled - 1]));
        }

        SmallDisk? disk = SmallDisk.TryMount(DiskSize);
        try
        {
            BrokerCluster brokers = await BrokerCluster.StartAsync(
                ports,
                (from, to) => links.Find(link => link.Dialler == from + 1 && link.Dialled == to + 1)?.Port ?? ports[to],
                i => new BrokerSettings
                {
                    Arguments = Arguments,
                    DataDirectory = i == nodes - 1 && disk is not null ? Path.Combine(disk.Path, "data") : null,
                    StartTimeout = Patience.Long,
                });
            return new FaultyCluster(brokers, links, disk);
        }
        catch
        {
            foreach (FaultyLink link in links)
                await link.DisposeAsync();
            disk?.Dispose();
            throw;
        }
    }

    /// <summary>A further node, empty, that knows the others without proxies.</summary>
    public BrokerProcess LaunchFurther() => BrokerProcess.Launch(new BrokerSettings
    {
        NodeId = Nodes.Count + 1,
        Arguments =
        [
            .. Nodes.Select((node, i) => $"--Cluster:Peers:{i}={i + 1}@127.0.0.1:{node.ClusterPort}"), .. Arguments,
        ],
        StartTimeout = Patience.Long,
    });

    public void Heal()
    {
        foreach (FaultyLink link in Links)
            link.Heal();
    }

    public async ValueTask DisposeAsync()
    {
        await Brokers.DisposeAsync();
        foreach (FaultyLink link in Links)
            await link.DisposeAsync();
        Disk?.Dispose();
    }
}
