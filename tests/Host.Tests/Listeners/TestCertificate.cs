using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Cmq.MultiProtocol.Host.Tests.Listeners;

/// <summary>A self-signed certificate for 127.0.0.1, as PEM files.</summary>
internal static class TestCertificate
{
    /// <returns>The thumbprint.</returns>
    public static string Write(string certificateFile, string keyFile, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        using X509Certificate2 certificate = request.CreateSelfSigned(
            new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2090, 1, 1, 0, 0, 0, TimeSpan.Zero));
        File.WriteAllText(certificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        return certificate.Thumbprint;
    }
}
