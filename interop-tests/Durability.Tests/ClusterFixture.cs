namespace Cmq.MultiProtocol.Interop.Durability;

/// <summary>Three nodes for all tests of a class that leave them running.</summary>
public sealed class ClusterFixture : IAsyncLifetime
{
    private BrokerCluster? _cluster;

    public BrokerCluster Cluster => _cluster ?? throw new InvalidOperationException("The cluster was not started");

    public async Task InitializeAsync() => _cluster = await BrokerCluster.StartAsync();

    public async Task DisposeAsync()
    {
        if (_cluster is not null)
            await _cluster.DisposeAsync();
    }
}
