using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Cmq.MultiProtocol.Interop.Clients;

/// <summary>A broker with an MQTT listener for TLS, and a certificate that nobody knew before.</summary>
public sealed class MqttTlsFixture : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("cmqd-mqtts-").FullName;
    private BrokerProcess? _broker;

    public BrokerProcess Broker => _broker ?? throw new InvalidOperationException("The broker was not started");

    /// <summary>What a client must trust.</summary>
    public string CertificateFile => Path.Combine(_directory, "cert.pem");

    /// <summary>One of the same name that the broker has not.</summary>
    public string OtherCertificateFile => Path.Combine(_directory, "other.pem");

    private string KeyFile => Path.Combine(_directory, "key.pem");

    public async Task InitializeAsync()
    {
        Write(OtherCertificateFile, KeyFile);
        Write(CertificateFile, KeyFile);
        _broker = await BrokerProcess.StartAsync(new BrokerSettings
        {
            Arguments =
            [
                "--Mqtt:TlsListen=127.0.0.1:0",
                $"--Tls:CertificateFile={CertificateFile}",
                $"--Tls:KeyFile={KeyFile}",
            ],
        });
    }

    public async Task DisposeAsync()
    {
        if (_broker is not null)
            await _broker.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Clients look at the alternative name: the common name counts for nothing any more.</summary>
    private static void Write(string certificateFile, string keyFile)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=cmqd", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.CreateSelfSigned(
            DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(certificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
    }
}
