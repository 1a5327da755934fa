using System.Globalization;

namespace Cmq.MultiProtocol.Interop.Clients;

/// <summary>Debian's python3-paho-mqtt (interop-tests/mqtt-python): 3.1, 3.1.1, 5.0.</summary>
public sealed class PahoTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    [TheoryIfAvailable(ClientKind.Paho)]
    [InlineData("qualities")]
    [InlineData("sessions")]
    [InlineData("unacknowledged")]
    [InlineData("retained")]
    [InlineData("wills")]
    [InlineData("options")]
    [InlineData("properties")]
    [InlineData("websocket")]
    [InlineData("refused")]
    public async Task Paho_does_its_scenario(string scenario)
    {
        ClientResult result = await ExternalClient.RunAsync(
            ClientAvailability.Python, ["-B", "paho_scenarios.py", scenario], Repository.Client("mqtt-python"),
            new Dictionary<string, string>
            {
                ["MQTT_HOST"] = "127.0.0.1",
                ["MQTT_PORT"] = fixture.Broker.MqttPort.ToString(CultureInfo.InvariantCulture),
                ["MQTT_WS_PORT"] = fixture.Broker.MqttWebSocketPort.ToString(CultureInfo.InvariantCulture),
            });

        Assert.Equal($"ok {scenario}", result.MustSucceed().Output.Trim());
    }
}
