namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>A key pair for signed requests; belongs to a user and a namespace.</summary>
public sealed record AccessKey(string SecretId, string SecretKey, Identity User, NamespaceId Namespace, bool Enabled)
{
    /// <summary>Never shows the secret.</summary>
    public override string ToString() => SecretId;
}
