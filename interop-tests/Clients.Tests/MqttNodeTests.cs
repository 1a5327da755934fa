using System.Globalization;

namespace Cmq.MultiProtocol.Interop.Clients;

/// <summary>npm mqtt over TCP and WebSocket (interop-tests/mqtt-node).</summary>
public sealed class MqttNodeTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    private static readonly string[] Scenarios =
    [
        "qualities", "order", "large", "wildcards", "overlapping", "persistent", "retained", "will", "takeover",
        "passwords", "shared", "presence",
    ];

    public static TheoryData<string, int, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, int, string>();
            foreach (string scenario in Scenarios)
            {
                cases.Add("mqtt", 4, scenario);
                cases.Add("mqtt", 5, scenario);
                cases.Add("ws", 5, scenario);
            }

            cases.Add("ws", 4, "qualities");
            return cases;
        }
    }

    [TheoryIfAvailable(ClientKind.MqttNode)]
    [MemberData(nameof(Cases))]
    public Task A_node_client_does_its_scenario(string scheme, int version, string scenario) =>
        RunAsync("client.js", scheme, version, scenario);

    [TheoryIfAvailable(ClientKind.MqttNode)]
    [InlineData("properties")]
    [InlineData("aliases")]
    [InlineData("expiry")]
    [InlineData("sessionEnd")]
    [InlineData("willDelay")]
    [InlineData("noLocal")]
    [InlineData("retainOptions")]
    [InlineData("receiveMaximum")]
    [InlineData("packetSize")]
    [InlineData("reasons")]
    [InlineData("assignedId")]
    public Task A_node_client_does_what_only_5_has(string scenario) => RunAsync("five.js", "mqtt", 5, scenario);

    private async Task RunAsync(string script, string scheme, int version, string scenario)
    {
        string url = scheme == "ws"
            ? $"ws://127.0.0.1:{fixture.Broker.MqttWebSocketPort}/mqtt"
            : $"mqtt://127.0.0.1:{fixture.Broker.MqttPort}";
        ClientResult result = await ExternalClient.RunAsync(
            "node", [script, scenario], Repository.Client("mqtt-node"),
            new Dictionary<string, string>
            {
                ["MQTT_URL"] = url,
                ["MQTT_VERSION"] = version.ToString(CultureInfo.InvariantCulture),
            });

        Assert.Equal($"ok {scenario}", result.MustSucceed().Output.Trim());
    }
}
