namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>An access key in the bootstrap record; the namespace by name, for it has no number yet.</summary>
public sealed record SeedAccessKey(
    string SecretId, ReadOnlyMemory<byte> SealedSecret, string UserName, string Namespace);
