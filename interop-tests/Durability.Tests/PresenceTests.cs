using System.Text.Json;
using Cmq.MultiProtocol.Interop.Durability.Clients;
using Cmq.MultiProtocol.Interop.Durability.Workload;
using RabbitMQ.Client;
using Xunit.Abstractions;

namespace Cmq.MultiProtocol.Interop.Durability;

/// <summary>A node is killed, and each of its MQTT clients is announced as gone once, to who listens and to a durable
/// queue; one that has come back is announced after that.</summary>
public sealed class PresenceTests(ITestOutputHelper output)
{
    private const int Devices = 60;

    [FactIfAvailable(ClientKind.DurabilityNode)]
    public Task The_clients_of_a_killed_node_are_announced_as_gone_once() => RunAsync(leads: false, isRestarted: false);

    [FactIfAvailable(ClientKind.DurabilityNode)]
    public Task The_clients_of_a_killed_leader_are_announced_as_gone_once() => RunAsync(leads: true, isRestarted: false);

    [FactIfAvailable(ClientKind.DurabilityNode)]
    public Task Clients_that_come_back_to_the_killed_node_are_announced_as_gone_before() =>
        RunAsync(leads: true, isRestarted: true);

    private async Task RunAsync(bool leads, bool isRestarted)
    {
        await using BrokerCluster cluster = await BrokerCluster.StartAsync();
        var leaders = new List<BrokerProcess>();
        foreach (int group in await cluster.GroupsAsync())
            leaders.Add(await cluster.LeaderOfGroupAsync(group));
        BrokerProcess doomed = leads ? leaders[^1] : cluster.Nodes.Except(leaders.Take(2)).First();
        int number = cluster.Nodes.ToList().IndexOf(doomed) + 1;
        BrokerProcess[] nodes = [.. cluster.Nodes.Where(node => node != doomed), doomed];
        await using IConnection connection = await AmqpClient.ConnectAsync(nodes[0]);
        await using IChannel channel = await connection.CreateChannelAsync();
        await channel.DeclareAsync("presence");
        await channel.QueueBindAsync("presence", "amq.topic", "$events.#");
        await using NodeLoad load = NodeLoad.StartPresence(nodes, number, isRestarted);
        await load.ConfirmAsync(1);

        await doomed.KillAsync();
        if (isRestarted)
            await doomed.RestartAsync();
        output.WriteLine(await load.FinishAsync());

        var events = new Dictionary<string, List<string>>();
        while (await channel.BasicGetAsync("presence", autoAck: true) is { } message)
        {
            using JsonDocument body = JsonDocument.Parse(message.Body);
            string name = body.RootElement.GetProperty("clientid").GetString()!;
            if (!events.TryGetValue(name, out List<string>? told))
                events.Add(name, told = []);
            told.Add(body.RootElement.TryGetProperty("reason", out JsonElement reason) ? reason.GetString()! : "connected");
        }

        for (int i = 0; i < Devices; i++)
        {
            // Those that came back were there until the load ended.
            string[] expected = i % 3 == 0 ? ["connected", "node_lost", "connected"] : ["connected", "node_lost"];
            string[] last = i % 3 == 0 ? ["tcp_closed"] : [];
            List<string> told = events[$"dev/{i}"];
            Assert.Equal(expected, told.Take(expected.Length));
            Assert.Equal(last.Take(told.Count - expected.Length), told.Skip(expected.Length));
        }
    }
}
