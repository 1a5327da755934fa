using System.Net.Security;
using Cmq.MultiProtocol.Fakes;
using Cmq.MultiProtocol.Host.Configuration;
using Cmq.MultiProtocol.Host.Listeners;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cmq.MultiProtocol.Host.Tests.Listeners;

public sealed class ReloadingCertificateTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("cmq-tls-").FullName;
    private readonly ManualTime _time = new();

    private string CertificateFile => Path.Combine(_directory, "cert.pem");

    private string KeyFile => Path.Combine(_directory, "key.pem");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_changed_file_is_used_for_the_next_handshake()
    {
        string first = TestCertificate.Write(CertificateFile, KeyFile, "first");
        ReloadingCertificate certificate = Open();
        Assert.Equal(first, Thumbprint(certificate.ServerOptions()));

        string second = TestCertificate.Write(CertificateFile, KeyFile, "second");
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(second, Thumbprint(certificate.ServerOptions()));
    }

    [Fact]
    public void The_former_certificate_stays_while_the_new_one_is_half_written()
    {
        string first = TestCertificate.Write(CertificateFile, KeyFile, "first");
        ReloadingCertificate certificate = Open();

        File.WriteAllText(CertificateFile, "-----BEGIN CERTIFICATE-----\nAAAA");
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(first, Thumbprint(certificate.ServerOptions()));

        string second = TestCertificate.Write(CertificateFile, KeyFile, "second");
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(second, Thumbprint(certificate.ServerOptions()));
    }

    [Fact]
    public void A_key_of_another_certificate_stops_the_start()
    {
        TestCertificate.Write(Path.Combine(_directory, "other.pem"), KeyFile, "other");
        TestCertificate.Write(CertificateFile, Path.Combine(_directory, "other-key.pem"), "first");

        Assert.Throws<StartException>(Open);
    }

    [Fact]
    public void A_missing_file_stops_the_start()
    {
        var failure = Assert.Throws<StartException>(Open);

        Assert.Contains(CertificateFile, failure.Message, StringComparison.Ordinal);
    }

    private static string Thumbprint(SslServerAuthenticationOptions options) =>
        options.ServerCertificateContext!.TargetCertificate.Thumbprint;

    private ReloadingCertificate Open() => new(
        new CertificateFiles(CertificateFile, KeyFile), _time, NullLogger<ReloadingCertificate>.Instance);
}
