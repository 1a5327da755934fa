using System.Net.Security;
using System.Numerics;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Cmq.MultiProtocol.Core.Cluster.Transport;

/// <summary>
/// The cluster's certificate authority, which every node makes from the secret, and this node's certificate
/// under it (docs/decisions/0003). The keys stay in memory.
/// </summary>
internal sealed class ClusterIdentity : IDisposable
{
    // Part of the protocol: nodes that differ here do not know each other.
    private const int StretchIterations = 600_000;
    private const int StretchedBytes = 32;
    private const int ScalarSeedBytes = 48;
    private const string AuthorityName = "CN=cmqd cluster";
    private const string ServerUsage = "1.3.6.1.5.5.7.3.1";
    private const string ClientUsage = "1.3.6.1.5.5.7.3.2";

    // Certificates live as long as their process and the secret is what can be revoked, so time decides
    // nothing: a node with a wrong clock must still reach the others (RFC 5280 4.1.2.5 for the end).
    private static readonly DateTimeOffset NotBefore = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset NotAfter = new(9999, 12, 31, 23, 59, 59, TimeSpan.Zero);

    /// <summary>Order of the base point of P-256 (FIPS 186-5, SP 800-186 3.2.1.3).</summary>
    private static readonly BigInteger GroupOrder = new(
        Convert.FromHexString("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551"),
        isUnsigned: true, isBigEndian: true);

    private readonly X509Certificate2 _authority;
    private readonly X509Certificate2 _own;
    private readonly SslStreamCertificateContext _context;

    /// <summary>Takes a fraction of a second: stretching the secret is meant to cost.</summary>
    public ClusterIdentity(string secret, NodeId node)
    {
        using ECDsa authorityKey = AuthorityKey(secret);
        _authority = MakeAuthority(authorityKey);
        _own = MakeOwn(node, authorityKey);
        _context = SslStreamCertificateContext.Create(_own, additionalCertificates: null, offline: true);
    }

    /// <summary>The subject of a node's certificate, and the name that is asked for when dialling
    /// it.</summary>
    public static string NameOf(NodeId node) => $"node-{node}";

    public SslServerAuthenticationOptions ServerOptions() => new()
    {
        ServerCertificateContext = _context,
        ClientCertificateRequired = true,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        RemoteCertificateValidationCallback = (_, certificate, _, _) => IsOfCluster(certificate),
        AllowRenegotiation = false,
        // A resumed connection would not show its certificate again.
        AllowTlsResume = false,
    };

    public SslClientAuthenticationOptions ClientOptions(NodeId peer) => new()
    {
        TargetHost = NameOf(peer),
        ClientCertificateContext = _context,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        RemoteCertificateValidationCallback = (_, certificate, _, _) => IsOfCluster(certificate),
        AllowRenegotiation = false,
        AllowTlsResume = false,
    };

    public void Dispose()
    {
        _own.Dispose();
        _authority.Dispose();
    }

    /// <summary>Whether the certificate is signed by the cluster's authority. Which node it names is compared
    /// with the hello, later; the platform's own verdict is about public authorities and host names, and does
    /// not count.</summary>
    private bool IsOfCluster(X509Certificate? certificate)
    {
        if (certificate is not X509Certificate2 peer)
            return false;

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(_authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        return chain.Build(peer) && chain.ChainElements.Count == 2;
    }

    /// <summary>Every node gets the same key. The private scalar is drawn as in FIPS 186-5 A.2.1 (extra
    /// random bits): 128 bits more than needed, taken modulo n-1, plus one: always in 1..n-1, with a bias
    /// below 2^-128.</summary>
    internal static ECDsa AuthorityKey(string secret)
    {
        byte[] stretched = Rfc2898DeriveBytes.Pbkdf2(
            Encoding.UTF8.GetBytes(secret), "cmqd cluster secret v1"u8, StretchIterations,
            HashAlgorithmName.SHA256, StretchedBytes);
        byte[] seed = HKDF.DeriveKey(
            HashAlgorithmName.SHA256, stretched, ScalarSeedBytes, salt: "cmqd cluster"u8.ToArray(),
            info: "authority key, ECDSA P-256, v1"u8.ToArray());
        var drawn = new BigInteger(seed, isUnsigned: true, isBigEndian: true);
        BigInteger scalar = (drawn % (GroupOrder - 1)) + 1;

        byte[] d = new byte[32];
        byte[] digits = scalar.ToByteArray(isUnsigned: true, isBigEndian: true);
        digits.CopyTo(d, d.Length - digits.Length);
        // Without Q the platform computes the public point.
        var key = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = d });
        CryptographicOperations.ZeroMemory(stretched);
        CryptographicOperations.ZeroMemory(seed);
        CryptographicOperations.ZeroMemory(digits);
        CryptographicOperations.ZeroMemory(d);
        return key;
    }

    private static X509Certificate2 MakeAuthority(ECDsa key)
    {
        var request = new CertificateRequest(AuthorityName, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(
            certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0,
            critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(
            new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        using X509Certificate2 signed = request.CreateSelfSigned(NotBefore, NotAfter);
        return X509CertificateLoader.LoadCertificate(signed.RawData);
    }

    private X509Certificate2 MakeOwn(NodeId node, ECDsa authorityKey)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={NameOf(node)}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(
            certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0,
            critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(
            [new Oid(ServerUsage), new Oid(ClientUsage)], critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(
            _authority, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        using X509Certificate2 signed = request.Create(
            _authority.SubjectName, X509SignatureGenerator.CreateForECDsa(authorityKey), NotBefore, NotAfter,
            RandomNumberGenerator.GetBytes(16));
        using X509Certificate2 whole = signed.CopyWithPrivateKey(key);
        // Through PKCS #12, because the TLS of Windows cannot use a key that was only ever in memory.
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pfx), password: null);
    }
}
