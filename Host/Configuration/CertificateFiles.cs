namespace Cmq.MultiProtocol.Host.Configuration;

/// <summary>Where TLS listeners have their certificate from; both PEM, possibly the same file.</summary>
internal sealed record CertificateFiles(string Certificate, string Key);
