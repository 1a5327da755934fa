namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>A namespace as the directory has it.</summary>
/// <param name="CreatedMs">Log time of creation, Unix ms.</param>
public sealed record NamespaceInfo(NamespaceId Id, string Name, long CreatedMs);
