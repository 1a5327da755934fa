using Cmq.MultiProtocol.Interop.Durability.Workload;
using Xunit.Abstractions;

namespace Cmq.MultiProtocol.Interop.Durability;

/// <summary>"It does not lose" for RocketMQ: SIGKILL under load from producers and consumers. What was answered with
/// SEND_OK is consumed by every group and stands at the offset that was said, and offsets have no gap.</summary>
public sealed class RocketMqKillTests(ITestOutputHelper output)
{
    [FactIfAvailable(ClientKind.DurabilityNode)]
    public async Task A_node_killed_three_times_under_load_loses_no_message_and_moves_none()
    {
        await using BrokerProcess broker = await BrokerProcess.StartAsync();
        await using NodeLoad load = NodeLoad.StartRocketMq([broker]);

        for (int round = 0; round < 3; round++)
        {
            await load.ConfirmAsync(200);
            await broker.KillAsync();
            await broker.RestartAsync();
        }

        await load.ConfirmAsync(200);
        output.WriteLine(await load.FinishAsync());
    }

    [FactIfAvailable(ClientKind.DurabilityNode)]
    public async Task The_leader_of_each_group_killed_in_turn_and_the_cluster_loses_no_message_and_moves_none()
    {
        await using BrokerCluster cluster = await BrokerCluster.StartAsync();
        await using NodeLoad load = NodeLoad.StartRocketMq(cluster.Nodes);

        foreach (int group in await cluster.GroupsAsync())
        {
            await load.ConfirmAsync(200);
            BrokerProcess leader = await cluster.LeaderOfGroupAsync(group);
            await leader.KillAsync();
            // The queues of its broker names are led by others now.
            await load.ConfirmAsync(200);
            Assert.NotSame(leader, await cluster.LeaderOfGroupAsync(group));
            await leader.RestartAsync();
        }

        await load.ConfirmAsync(200);
        output.WriteLine(await load.FinishAsync());
    }
}
