using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;

namespace Cmq.MultiProtocol.Interop.RocketMq;

/// <summary>Three nodes: every name server says the same, and a broker name's address follows its group's
/// leader.</summary>
public sealed class ClusterTests
{
    [Fact]
    public async Task A_broker_names_address_follows_its_leader_when_a_node_dies()
    {
        await using BrokerCluster cluster = await BrokerCluster.StartAsync(3, ["--Cluster:DataGroups=2"]);
        BrokerProcess[] nodes = [.. cluster.Nodes];
        Dictionary<string, string> before = await AddressesAsync(nodes[0], nodes);
        Assert.Equal(["broker-a", "broker-b"], before.Keys.Order());
        Assert.Equal(before, await AddressesAsync(nodes[1], nodes));

        await SendToLeaderAsync(before["broker-a"], "before");
        BrokerProcess leader = nodes.Single(node => $"127.0.0.1:{node.RocketMqPort}" == before["broker-a"]);
        await leader.KillAsync();
        BrokerProcess[] left = [.. nodes.Where(node => node != leader)];

        Dictionary<string, string> after = await AddressesAsync(left[0], left);
        Assert.Contains(after["broker-a"], left.Select(node => $"127.0.0.1:{node.RocketMqPort}"));
        Assert.Equal(1, await SendToLeaderAsync(after["broker-a"], "after"));
    }

    /// <summary>Waits until every broker name has an address at a node that lives.</summary>
    private static async Task<Dictionary<string, string>> AddressesAsync(BrokerProcess node, BrokerProcess[] living)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using ReplayClient names = await ReplayClient.ConnectAsync(node.NameServerPort);
        string[] ports = [.. living.SelectMany(one => one.RocketMqPorts).Select(port => $"127.0.0.1:{port}")];
        while (true)
        {
            RocketMqCommand answer = await names.AskAsync(RocketMqRequestCode.GetBrokerClusterInfo, null);
            var addresses = RocketMqJson.Parse(answer.Body.Span)["brokerAddrTable"]!.Members
                .Where(broker => broker.Value["brokerAddrs"]!["0"] is not null)
                .ToDictionary(broker => broker.Key.Text!, broker => broker.Value["brokerAddrs"]!.TextOf("0"));
            if (addresses.Count == 2 && addresses.Values.All(ports.Contains))
                return addresses;
            await Task.Delay(100, patience.Token);
        }
    }

    /// <summary>Sends until the leader has a quorum again.</summary>
    /// <returns>The queue offset.</returns>
    private static async Task<long> SendToLeaderAsync(string address, string body)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using ReplayClient client = await ReplayClient.ConnectAsync(int.Parse(address.Split(':')[1]));
        while (true)
        {
            var fields = new RocketMqFields();
            new SendMessageRequest("PG", "T", "TBW102", 4, 0, 0, 1, 0, "KEYS\u0001k\u0002", 0, false, null, false)
                .Write(fields, shortNames: true);
            RocketMqCommand answer = await client.AskAsync(
                RocketMqRequestCode.SendMessageV2, fields, System.Text.Encoding.UTF8.GetBytes(body));
            if (answer.Code == 0)
                return SendMessageResponse.Read(answer.Fields!).QueueOffset;
            await Task.Delay(100, patience.Token);
        }
    }
}
