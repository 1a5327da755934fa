using System.Globalization;

namespace Cmq.MultiProtocol.Interop.Clients;

/// <summary>MQTT over TLS by clients that verify who answers: Debian's mosquitto-clients and npm mqtt.</summary>
public sealed class MqttTlsTests(MqttTlsFixture fixture) : IClassFixture<MqttTlsFixture>
{
    private BrokerProcess Broker => fixture.Broker;

    [TheoryIfAvailable(ClientKind.Mosquitto)]
    [InlineData("mqttv31")]
    [InlineData("mqttv311")]
    [InlineData("mqttv5")]
    public async Task Mosquitto_publishes_and_subscribes_over_TLS(string version)
    {
        string topic = $"tls/{version}";
        (await SubscribeAsync(version, topic, "-E")).MustSucceed();
        for (int qos = 0; qos <= 2; qos++)
            (await PublishAsync(version, topic, $"q{qos}", qos)).MustSucceed();
        (await PublishAsync(version, $"{topic}/kept", "kept", 1, "-r")).MustSucceed();

        ClientResult got = await SubscribeAsync(version, topic, "-C", "2");
        Assert.Equal(["q1", "q2"], got.MustSucceed().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        ClientResult kept = await MosquittoAsync(
            "mosquitto_sub", fixture.CertificateFile, "-V", version, "-t", $"{topic}/+", "-C", "1", "-W", "20");
        Assert.Equal("kept", kept.MustSucceed().Output.Trim());
    }

    [FactIfAvailable(ClientKind.Mosquitto)]
    public async Task What_comes_by_TLS_goes_out_without_and_the_other_way()
    {
        const string Topic = "tls/plain";
        (await SubscribeAsync("mqttv5", Topic, "-E")).MustSucceed();
        (await PlainAsync("mosquitto_pub", Broker.MqttPort, "-t", Topic, "-m", "plain", "-q", "1")).MustSucceed();
        ClientResult got = await SubscribeAsync("mqttv5", Topic, "-C", "1");
        Assert.Equal("plain", got.MustSucceed().Output.Trim());

        (await PublishAsync("mqttv5", Topic, "secret", 1, "-r")).MustSucceed();
        ClientResult back = await PlainAsync(
            "mosquitto_sub", Broker.MqttPort, "-t", Topic, "-C", "1", "-W", "20");
        Assert.Equal("secret", back.MustSucceed().Output.Trim());
    }

    [FactIfAvailable(ClientKind.Mosquitto)]
    public async Task Who_does_not_trust_the_certificate_or_speaks_no_TLS_gets_nothing()
    {
        ClientResult untrusting = await MosquittoAsync(
            "mosquitto_pub", fixture.OtherCertificateFile, "-t", "tls/a", "-m", "x", "-q", "1");
        Assert.NotEqual(0, untrusting.ExitCode);
        ClientResult plain = await PlainAsync(
            "mosquitto_pub", Broker.MqttTlsPort, "-t", "tls/a", "-m", "x", "-q", "1");
        Assert.NotEqual(0, plain.ExitCode);

        // They cost their connections only.
        (await PublishAsync("mqttv311", "tls/a", "x", 1)).MustSucceed();
    }

    [TheoryIfAvailable(ClientKind.MqttNode)]
    [InlineData(4, "qualities")]
    [InlineData(5, "qualities")]
    [InlineData(5, "large")]
    [InlineData(5, "order")]
    [InlineData(5, "will")]
    public Task A_node_client_does_its_scenario_over_TLS(int version, string scenario) =>
        NodeAsync(version, scenario, new() { ["NODE_EXTRA_CA_CERTS"] = fixture.CertificateFile });

    [FactIfAvailable(ClientKind.MqttNode)]
    public Task A_node_client_that_does_not_trust_the_certificate_does_not_connect() => NodeAsync(5, "untrusted", []);

    private async Task NodeAsync(int version, string scenario, Dictionary<string, string> environment)
    {
        environment["MQTT_URL"] = $"mqtts://127.0.0.1:{Broker.MqttTlsPort}";
        environment["MQTT_VERSION"] = version.ToString(CultureInfo.InvariantCulture);
        ClientResult result = await ExternalClient.RunAsync(
            "node", ["client.js", scenario], Repository.Client("mqtt-node"), environment);

        Assert.Equal($"ok {scenario}", result.MustSucceed().Output.Trim());
    }

    private Task<ClientResult> SubscribeAsync(string version, string topic, params string[] more)
    {
        string[] kept = version == "mqttv5" ? ["-c", "-x", "300"] : ["-c"];
        return MosquittoAsync("mosquitto_sub", fixture.CertificateFile,
            ["-V", version, "-i", $"keeper-{topic}", .. kept, "-q", "2", "-t", topic, "-W", "20", .. more]);
    }

    private Task<ClientResult> PublishAsync(
        string version, string topic, string text, int qos, params string[] more) =>
        MosquittoAsync("mosquitto_pub", fixture.CertificateFile,
            ["-V", version, "-t", topic, "-m", text, "-q", $"{qos}", .. more]);

    private Task<ClientResult> MosquittoAsync(string tool, string trusted, params string[] arguments) =>
        PlainAsync(tool, Broker.MqttTlsPort, ["--cafile", trusted, .. arguments]);

    private static Task<ClientResult> PlainAsync(string tool, int port, params string[] arguments) =>
        ExternalClient.RunAsync(tool, ["-h", "127.0.0.1", "-p", $"{port}", .. arguments]);
}
