namespace Cmq.MultiProtocol.Interop.Clients;

/// <summary>npm ali-ons (interop-tests/rocketmq-node).</summary>
public sealed class RocketMqNodeTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    [TheoryIfAvailable(ClientKind.RocketMqNode)]
    [InlineData("sendAndConsume")]
    [InlineData("tags")]
    [InlineData("largeBody")]
    [InlineData("delay")]
    [InlineData("retry")]
    [InlineData("deadLetter")]
    [InlineData("broadcast")]
    [InlineData("rebalance")]
    [InlineData("resume")]
    public async Task A_node_client_does_its_scenario(string scenario)
    {
        ClientResult result = await ExternalClient.RunAsync(
            "node", ["ali-ons.js", scenario], Repository.Client("rocketmq-node"),
            new Dictionary<string, string> { ["ROCKETMQ_NAMESRV"] = $"127.0.0.1:{fixture.Broker.NameServerPort}" });

        Assert.Equal($"ok {scenario}", result.MustSucceed().Output.Trim());
    }
}
