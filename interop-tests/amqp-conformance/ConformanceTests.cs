using System.Globalization;

namespace Cmq.MultiProtocol.Interop.Conformance;

/// <summary>Every scenario of this folder, against the transcripts of a real RabbitMQ.</summary>
public sealed class ConformanceTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    [FactIfAvailable(ClientKind.Pika)]
    public async Task The_broker_says_what_RabbitMQ_says()
    {
        string folder = Repository.Client("amqp-conformance");
        ClientResult result = await ExternalClient.RunAsync(
            ClientAvailability.Python,
            ["run.py", "--port", fixture.Broker.AmqpPort.ToString(CultureInfo.InvariantCulture)],
            workingDirectory: folder,
            environment: new Dictionary<string, string> { ["PYTHONDONTWRITEBYTECODE"] = "1" },
            timeout: TimeSpan.FromMinutes(5));

        result.MustSucceed();
    }
}
