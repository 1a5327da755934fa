using System.Globalization;

namespace Cmq.MultiProtocol.Interop.Clients;

/// <summary>npm amqplib and rabbitmq-client (interop-tests/amqp-node).</summary>
public sealed class AmqpNodeTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    [TheoryIfAvailable(ClientKind.AmqpNode)]
    [InlineData("amqplib", "confirms")]
    [InlineData("amqplib", "requeue")]
    [InlineData("amqplib", "deadLetter")]
    [InlineData("amqplib", "timeToLive")]
    [InlineData("amqplib", "exclusive")]
    [InlineData("amqplib", "largeBody")]
    [InlineData("amqplib", "headers")]
    [InlineData("amqplib", "topic")]
    [InlineData("amqplib", "mandatory")]
    [InlineData("amqplib", "prefetch")]
    [InlineData("amqplib", "cancelledByBroker")]
    [InlineData("rabbitmq-client", "confirms")]
    [InlineData("rabbitmq-client", "requeue")]
    [InlineData("rabbitmq-client", "deadLetter")]
    [InlineData("rabbitmq-client", "timeToLive")]
    [InlineData("rabbitmq-client", "exclusive")]
    [InlineData("rabbitmq-client", "largeBody")]
    [InlineData("rabbitmq-client", "headers")]
    [InlineData("rabbitmq-client", "topic")]
    [InlineData("rabbitmq-client", "mandatory")]
    [InlineData("rabbitmq-client", "rpc")]
    public async Task A_node_client_does_its_scenario(string client, string scenario)
    {
        ClientResult result = await ExternalClient.RunAsync(
            "node", [$"{client}.js", scenario], Repository.Client("amqp-node"),
            new Dictionary<string, string> { ["AMQP_URL"] = fixture.Broker.AmqpUri.AbsoluteUri });

        Assert.Equal($"ok {scenario}", result.MustSucceed().Output.Trim());
    }

    /// <summary>Many short scenarios in one run, each with a line of its own.</summary>
    [TheoryIfAvailable(ClientKind.AmqpNode)]
    [InlineData("connection")]
    [InlineData("consume")]
    [InlineData("expiry")]
    [InlineData("properties")]
    [InlineData("publish")]
    [InlineData("topology")]
    public async Task Amqplib_does_every_scenario_of_a_script(string script)
    {
        ClientResult result = await ExternalClient.RunAsync(
            "node", [$"amqplib/{script}.js"], Repository.Client("amqp-node"),
            new Dictionary<string, string>
            {
                ["AMQP_PORT"] = fixture.Broker.AmqpPort.ToString(CultureInfo.InvariantCulture),
            });

        Assert.EndsWith(" passed", result.MustSucceed().Output.TrimEnd(), StringComparison.Ordinal);
    }
}
