using Cmq.MultiProtocol.Interop.Durability.Workload;
using Xunit.Abstractions;

namespace Cmq.MultiProtocol.Interop.Durability;

/// <summary>Issue "It does not lose", three nodes: the leader of each group is killed in turn.</summary>
public sealed class ThreeNodeKillTests(ITestOutputHelper output)
{
    [Fact]
    public async Task The_leader_of_each_group_killed_in_turn_under_load_and_the_cluster_loses_and_invents_nothing()
    {
        await using BrokerCluster cluster = await BrokerCluster.StartAsync();
        await using LoadRun load = await LoadRun.StartAsync(
            cluster.Nodes, publishers: 3, cmq: true, "t-a", "t-b", "t-c");

        foreach (int group in await cluster.GroupsAsync())
        {
            await load.ConfirmAsync(400);
            BrokerProcess leader = await cluster.LeaderOfGroupAsync(group);
            await leader.KillAsync();
            // The other two go on without it.
            await load.ConfirmAsync(400);
            Assert.NotSame(leader, await cluster.LeaderOfGroupAsync(group));
            await leader.RestartAsync();
        }

        await load.ConfirmAsync(300);
        await load.FinishAsync();
        output.WriteLine(load.Progress());
    }
}
