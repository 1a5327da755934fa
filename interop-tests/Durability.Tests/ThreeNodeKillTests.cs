using Cmq.MultiProtocol.Interop.Durability.Load;
using Xunit.Abstractions;

namespace Cmq.MultiProtocol.Interop.Durability;

/// <summary>Issue "It does not lose", three nodes: each is killed, or stopped, in turn, so every leader is.</summary>
public sealed class ThreeNodeKillTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Each_node_killed_in_turn_under_load_and_the_cluster_loses_and_invents_nothing()
    {
        await using BrokerCluster cluster = await BrokerCluster.StartAsync();
        await using LoadRun load = await LoadRun.StartAsync(
            cluster.Nodes, publishers: 3, cmq: true, "t-a", "t-b", "t-c");

        foreach (BrokerProcess node in cluster.Nodes)
        {
            await load.ConfirmAsync(400);
            await node.KillAsync();
            // The other two go on without it.
            await load.ConfirmAsync(400);
            await node.RestartAsync();
        }

        await load.ConfirmAsync(300);
        await load.FinishAsync();
        output.WriteLine(load.Progress());
    }
}
