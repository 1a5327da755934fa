using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Cmq.MultiProtocol.Host.Configuration;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Host.Listeners;

/// <summary>The certificate of all TLS listeners, read again when its files change. Thread-safe.</summary>
/// <remarks>It compares the files' contents, at a handshake and at most once a second: time stamps do not tell when
/// a link is moved to another file, as certificate mounts do.</remarks>
internal sealed class ReloadingCertificate
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly CertificateFiles _files;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Lock _lock = new();
    private byte[] _digest;
    private long _lookedAt;
    private SslServerAuthenticationOptions _options;

    /// <exception cref="StartException">The files cannot be read or do not fit together.</exception>
    public ReloadingCertificate(CertificateFiles files, TimeProvider time, ILogger<ReloadingCertificate> log)
    {
        _files = files;
        _time = time;
        _log = log;
        try
        {
            (string certificate, string key) = ReadFiles();
            _digest = Digest(certificate, key);
            _options = Load(certificate, key);
            _lookedAt = time.GetTimestamp();
        }
        catch (Exception failure) when (IsUnusable(failure))
        {
            throw new StartException($"cannot use the certificate {files.Certificate}: {failure.Message}", failure);
        }
    }

    /// <summary>For the next handshake.</summary>
    public SslServerAuthenticationOptions ServerOptions()
    {
        lock (_lock)
        {
            if (_time.GetElapsedTime(_lookedAt) < Interval)
                return _options;

            _lookedAt = _time.GetTimestamp();
            try
            {
                (string certificate, string key) = ReadFiles();
                byte[] digest = Digest(certificate, key);
                if (digest.AsSpan().SequenceEqual(_digest))
                    return _options;

                // Remembered before it is loaded: a broken pair is reported once, not once a second.
                _digest = digest;
                _options = Load(certificate, key);
            }
            catch (Exception failure) when (IsUnusable(failure))
            {
                _log.CertificateUnusable(failure);
            }

            return _options;
        }
    }

    private static bool IsUnusable(Exception failure) =>
        failure is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException;

    private static byte[] Digest(string certificate, string key) =>
        SHA256.HashData(Encoding.UTF8.GetBytes($"{certificate}\0{key}"));

    private (string Certificate, string Key) ReadFiles() =>
        (File.ReadAllText(_files.Certificate), File.ReadAllText(_files.Key));

    private SslServerAuthenticationOptions Load(string certificatePem, string keyPem)
    {
        X509Certificate2 leaf = X509Certificate2.CreateFromPem(certificatePem, keyPem);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(certificatePem);
        chain.RemoveAt(0);
        _log.CertificateRead(leaf.Subject, leaf.NotAfter.ToUniversalTime());
        return new SslServerAuthenticationOptions
        {
            // Offline: a handshake must not wait for a download of missing intermediates.
            ServerCertificateContext = SslStreamCertificateContext.Create(leaf, chain, offline: true),
        };
    }
}
