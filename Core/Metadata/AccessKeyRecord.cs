namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>A key pair for signed requests as the directory has it.</summary>
/// <param name="SecretId">The public half.</param>
/// <param name="SealedSecret">The secret half, sealed at the edge (<see cref="SecretSealer"/>); opaque to the
/// directory.</param>
public sealed record AccessKeyRecord(
    string SecretId,
    ReadOnlyMemory<byte> SealedSecret,
    string UserName,
    NamespaceId Namespace,
    bool Enabled)
{
    /// <summary>Only the public half.</summary>
    public override string ToString() => SecretId;
}
