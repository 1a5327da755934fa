namespace Cmq.MultiProtocol.Interop.Clients;

/// <summary>Debian's mosquitto-clients, also over a kill -9 of the broker.</summary>
public sealed class MosquittoTests
{
    public static TheoryData<string> Versions => ["31", "311", "5"];

    [TheoryIfAvailable(ClientKind.Mosquitto)]
    [MemberData(nameof(Versions))]
    public async Task What_was_acknowledged_is_there_after_kill_9(string version)
    {
        await using BrokerProcess broker = await BrokerProcess.StartAsync();
        // -E leaves as soon as the subscription stands; the session stays.
        (await SubscribeAsync(broker, version, "-E")).MustSucceed();
        for (int qos = 0; qos <= 2; qos++)
            (await PublishAsync(broker, version, $"q{qos}", qos)).MustSucceed();
        (await PublishAsync(broker, version, "kept", 1, "-r", "-t", "kept/one")).MustSucceed();

        await broker.KillAsync();
        await broker.RestartAsync();

        ClientResult got = await SubscribeAsync(broker, version, "-C", "2");
        Assert.Equal(["q1", "q2"], got.MustSucceed().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        ClientResult late = await RunAsync(
            broker, "mosquitto_sub", "-V", Name(version), "-t", "kept/+", "-C", "1", "-W", "20");
        Assert.Equal("kept", late.MustSucceed().Output.Trim());
    }

    [FactIfAvailable(ClientKind.Mosquitto)]
    public async Task The_nodes_figures_are_read()
    {
        await using BrokerProcess broker = await BrokerProcess.StartAsync();
        ClientResult figures = await RunAsync(
            broker, "mosquitto_sub", "-t", "$SYS/broker/clients/connected", "-C", "1", "-W", "20");
        Assert.Equal("1", figures.MustSucceed().Output.Trim());
    }

    private static Task<ClientResult> SubscribeAsync(BrokerProcess broker, string version, params string[] more)
    {
        string[] kept = version == "5" ? ["-c", "-x", "300"] : ["-c"];
        return RunAsync(broker, "mosquitto_sub",
            ["-V", Name(version), "-i", $"keeper{version}", .. kept, "-q", "2", "-t", "kill/+", "-W", "20", .. more]);
    }

    private static Task<ClientResult> PublishAsync(
        BrokerProcess broker, string version, string text, int qos, params string[] more) =>
        RunAsync(broker, "mosquitto_pub",
            ["-V", Name(version), "-m", text, "-q", $"{qos}", .. more.Contains("-t") ? [] : new[] { "-t", "kill/a" }, .. more]);

    private static string Name(string version) => version switch
    {
        "31" => "mqttv31",
        "311" => "mqttv311",
        _ => "mqttv5",
    };

    private static Task<ClientResult> RunAsync(BrokerProcess broker, string tool, params string[] arguments) =>
        ExternalClient.RunAsync(tool, ["-h", "127.0.0.1", "-p", $"{broker.MqttPort}", .. arguments]);
}
