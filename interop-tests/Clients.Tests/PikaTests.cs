namespace Cmq.MultiProtocol.Interop.Clients;

/// <summary>Debian's python3-pika (interop-tests/amqp-python).</summary>
public sealed class PikaTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    [TheoryIfAvailable(ClientKind.Pika)]
    [InlineData("confirms")]
    [InlineData("requeue")]
    [InlineData("dead_letter")]
    [InlineData("time_to_live")]
    [InlineData("exclusive")]
    [InlineData("large_body")]
    [InlineData("headers")]
    [InlineData("topic")]
    [InlineData("mandatory")]
    [InlineData("recover")]
    public async Task Pika_does_its_scenario(string scenario)
    {
        ClientResult result = await ExternalClient.RunAsync(
            ClientAvailability.Python, ["-B", "pika_scenarios.py", scenario], Repository.Client("amqp-python"),
            new Dictionary<string, string> { ["AMQP_URL"] = $"amqp://guest:guest@127.0.0.1:{fixture.Broker.AmqpPort}/%2F" });

        Assert.Equal($"ok {scenario}", result.MustSucceed().Output.Trim());
    }
}
