using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RabbitMQ.Client;

namespace Cmq.MultiProtocol.Interop.AmqpDotnet;

public sealed class TlsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("cmqd-tls-").FullName;

    /// <summary>What a client here trusts.</summary>
    private readonly List<string> _written = [];

    private string CertificateFile => Path.Combine(_directory, "cert.pem");

    private string KeyFile => Path.Combine(_directory, "key.pem");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_client_connects_over_TLS_and_sees_a_changed_certificate_on_its_next_connection()
    {
        string first = WriteCertificate();
        int port = FreePorts.Pick(1)[0];
        await using BrokerProcess broker = await BrokerProcess.StartAsync(new BrokerSettings
        {
            Arguments =
            [
                $"--Amqp:TlsListen=127.0.0.1:{port}",
                $"--Tls:CertificateFile={CertificateFile}",
                $"--Tls:KeyFile={KeyFile}",
            ],
        });
        Assert.Equal(first, await ShownAsync(port));

        string second = WriteCertificate();

        // The broker looks at its files at most once a second.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        string shown;
        while ((shown = await ShownAsync(port)) == first)
            await Task.Delay(50, patience.Token);
        Assert.Equal(second, shown);
    }

    /// <summary>Sends a message to itself and tells the thumbprint of the broker's certificate.</summary>
    private async Task<string> ShownAsync(int port)
    {
        string thumbprint = "";
        var factory = new ConnectionFactory
        {
            HostName = "127.0.0.1",
            Port = port,
            AutomaticRecoveryEnabled = false,
            Ssl = new SslOption("127.0.0.1", enabled: true)
            {
                CertificateValidationCallback = (_, certificate, _, _) =>
                {
                    thumbprint = certificate!.GetCertHashString();
                    return _written.Contains(thumbprint);
                },
            },
        };
        await using IConnection connection = await factory.CreateConnectionAsync();
        await using IChannel channel = await connection.CreateChannelAsync();
        string queue = (await channel.QueueDeclareAsync()).QueueName;
        await channel.BasicPublishAsync("", queue, "hello"u8.ToArray());
        Assert.NotNull(await channel.BasicGetAsync(queue, autoAck: true));
        return thumbprint;
    }

    private string WriteCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(CertificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(KeyFile, key.ExportPkcs8PrivateKeyPem());
        _written.Add(certificate.Thumbprint);
        return certificate.Thumbprint;
    }
}
