namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>A user in the bootstrap record.</summary>
public sealed record SeedUser(
    string Name, ScramVerifier Verifier, IReadOnlyList<string> Tags, IReadOnlyList<SeedPermission> Permissions);
