namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>A key pair made at bootstrap.</summary>
public sealed record SeedAccessKey(string SecretId, string SecretKey, string User, string Namespace)
{
    /// <summary>Never shows the secret.</summary>
    public override string ToString() => SecretId;
}
