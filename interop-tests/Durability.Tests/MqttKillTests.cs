using Cmq.MultiProtocol.Interop.Durability.Workload;
using Xunit.Abstractions;

namespace Cmq.MultiProtocol.Interop.Durability;

/// <summary>"It does not lose" for MQTT: SIGKILL under load from publishers and persistent subscribers of QoS 1 and 2.
/// What was acknowledged arrives, QoS 2 arrives once, nobody's session is gone, and but for repetitions each publisher's
/// messages come in order.</summary>
public sealed class MqttKillTests(ITestOutputHelper output)
{
    [FactIfAvailable(ClientKind.DurabilityNode)]
    public async Task A_node_killed_four_times_under_load_loses_nothing_and_delivers_qos_2_once()
    {
        await using BrokerProcess broker = await BrokerProcess.StartAsync();
        await using NodeLoad load = NodeLoad.StartMqtt([broker]);

        for (int round = 0; round < 4; round++)
        {
            await load.ConfirmAsync(250);
            await broker.KillAsync();
            await broker.RestartAsync();
        }

        await load.ConfirmAsync(200);
        output.WriteLine(await load.FinishAsync());
    }

    [FactIfAvailable(ClientKind.DurabilityNode)]
    public async Task The_leader_of_each_group_killed_in_turn_and_the_cluster_loses_nothing_and_delivers_qos_2_once()
    {
        await using BrokerCluster cluster = await BrokerCluster.StartAsync();
        await using NodeLoad load = NodeLoad.StartMqtt(cluster.Nodes);

        // Sessions, their queues and their filters are in one group or another.
        foreach (int group in await cluster.GroupsAsync())
        {
            await load.ConfirmAsync(200);
            BrokerProcess leader = await cluster.LeaderOfGroupAsync(group);
            await leader.KillAsync();
            // The other two go on without it.
            await load.ConfirmAsync(200);
            Assert.NotSame(leader, await cluster.LeaderOfGroupAsync(group));
            await leader.RestartAsync();
        }

        await load.ConfirmAsync(200);
        output.WriteLine(await load.FinishAsync());
    }
}
