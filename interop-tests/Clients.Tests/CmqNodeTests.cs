namespace Cmq.MultiProtocol.Interop.Clients;

/// <summary>npm qcloudapi-sdk and cmq-sdk (interop-tests/cmq-node).</summary>
public sealed class CmqNodeTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    public static TheoryData<string, string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string, string>();
            string[] scenarios =
                ["queues", "messages", "batches", "longPoll", "delay", "visibility", "topics", "bindingKeys"];
            foreach (string scenario in scenarios)
            {
                cases.Add("qcloudapi-sdk", scenario, "CMQ_METHOD=POST");
                cases.Add("cmq-sdk", scenario, "CMQ_SIGNATURE=HmacSHA256");
            }

            cases.Add("qcloudapi-sdk", "messages", "CMQ_METHOD=GET");
            cases.Add("qcloudapi-sdk", "batches", "CMQ_METHOD=GET");
            cases.Add("cmq-sdk", "messages", "CMQ_SIGNATURE=HmacSHA1");
            return cases;
        }
    }

    [TheoryIfAvailable(ClientKind.CmqNode)]
    [MemberData(nameof(Cases))]
    public async Task A_CMQ_client_does_its_scenario(string client, string scenario, string setting)
    {
        string[] pair = setting.Split('=');
        ClientResult result = await ExternalClient.RunAsync(
            "node", [$"{client}.js", scenario], Repository.Client("cmq-node"),
            new Dictionary<string, string>
            {
                ["CMQ_HOST"] = $"127.0.0.1:{fixture.Broker.HttpPort}",
                ["CMQ_SECRET_ID"] = fixture.Broker.SecretId,
                ["CMQ_SECRET_KEY"] = fixture.Broker.SecretKey,
                [pair[0]] = pair[1],
            });

        Assert.Equal($"ok {scenario}", result.MustSucceed().Output.Trim());
    }
}
