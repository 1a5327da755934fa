using System.Text;
using System.Text.RegularExpressions;

namespace Cmq.MultiProtocol.Interop.Clients;

/// <summary>What the pages under docs tell a newcomer to paste, as it stands there but for addresses and keys.</summary>
public sealed class QuickStartTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    private BrokerProcess Broker => fixture.Broker;

    [FactIfAvailable(ClientKind.Pika)]
    public async Task The_Python_example_for_AMQP_gets_its_message()
    {
        string script = Example("amqp.md", "python", 0,
            ("\"127.0.0.1\"", $"\"127.0.0.1\", {Broker.AmqpPort}"), ("\"orders\"", "\"python-orders\""));

        ClientResult result = await ExternalClient.RunAsync(ClientAvailability.Python, ["-"], input: Encoding.UTF8.GetBytes(script));

        Assert.Equal("b'hello'", result.MustSucceed().Output.Trim());
    }

    [FactIfAvailable(ClientKind.CmqNode)]
    public async Task The_Node_example_for_CMQ_gets_its_message_and_deletes_it()
    {
        string script = Example("cmq-http.md", "js", 0, ("127.0.0.1:8080", $"127.0.0.1:{Broker.HttpPort}"));

        ClientResult result = await ExternalClient.RunAsync(
            "node", ["-"], Repository.Client("cmq-node"),
            new Dictionary<string, string> { ["SECRET_ID"] = Broker.SecretId, ["SECRET_KEY"] = Broker.SecretKey },
            Encoding.UTF8.GetBytes(script));

        Assert.Contains("msgBody: 'hello wörld'", result.MustSucceed().Output, StringComparison.Ordinal);
        Assert.Equal(4, Regex.Count(result.Output, "code: 0,"));
    }

    [FactIfAvailable(ClientKind.Curl)]
    public async Task The_curl_example_for_CMQ_gets_its_message_and_deletes_it()
    {
        // A queue counts its check-outs from 1.
        string script = Example("cmq-http.md", "bash", 0,
            ("AKIDtest0001", Broker.SecretId), ("secretKey0001", Broker.SecretKey),
            ("127.0.0.1:8080", $"127.0.0.1:{Broker.HttpPort}"), ("=orders", "=curl-orders"),
            ("receiptHandle=...", "receiptHandle=1"));

        ClientResult result = await ExternalClient.RunAsync("bash", ["-"], input: Encoding.UTF8.GetBytes(script));

        Assert.Contains("\"msgBody\":\"hello wörld\"", result.MustSucceed().Output, StringComparison.Ordinal);
        Assert.Equal(4, Regex.Count(result.Output, "\"code\":0,"));
    }

    [FactIfAvailable(ClientKind.RocketMqNode)]
    public async Task The_Node_examples_for_RocketMQ_make_a_topic_and_get_its_message()
    {
        string topic = Example("rocketmq.md", "js", 0, ("10911", $"{Broker.RocketMqPort}"));
        // A consumer runs until it is stopped.
        string consume = $$"""
            const { log } = console
            const awaited = new Set(['SEND_OK', 'hello'])
            console.log = (...said) => { log(...said); said.forEach(one => awaited.delete(one)); if (awaited.size === 0) process.exit(0) }
            {{Example("rocketmq.md", "js", 1, ("127.0.0.1:9876", $"127.0.0.1:{Broker.NameServerPort}"))}}
            """;

        ClientResult made = await ExternalClient.RunAsync(
            "node", ["-", "orders"], Repository.Client("rocketmq-node"), input: Encoding.UTF8.GetBytes(topic));
        Assert.Contains("\"code\":0,", made.MustSucceed().Output, StringComparison.Ordinal);
        // ali-ons writes its log under the home directory.
        ClientResult consumed = await ExternalClient.RunAsync(
            "node", ["-"], Repository.Client("rocketmq-node"),
            new Dictionary<string, string> { ["HOME"] = Path.GetTempPath() }, Encoding.UTF8.GetBytes(consume));

        Assert.Contains("SEND_OK", consumed.MustSucceed().Output, StringComparison.Ordinal);
    }

    /// <summary>A block of a page in a language.</summary>
    /// <param name="page">Under docs.</param>
    /// <param name="language">As its fence names it.</param>
    /// <param name="number">Of its language, from 0.</param>
    /// <param name="changes">What a newcomer would type otherwise; each must be there.</param>
    private static string Example(
        string page, string language, int number, params (string From, string To)[] changes)
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, "docs", page));
        string example = Regex.Matches(text, $@"^```{language}\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)
            [number].Groups[1].Value;
        foreach ((string from, string to) in changes)
        {
            Assert.Contains(from, example, StringComparison.Ordinal);
            example = example.Replace(from, to, StringComparison.Ordinal);
        }
        return example;
    }
}
