namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>A permission in the bootstrap record; the namespace by name, for it has no number yet.</summary>
public sealed record SeedPermission(string Namespace, string Configure, string Write, string Read);
