using System.Collections.Immutable;

namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>A user as the directory has it; immutable.</summary>
/// <param name="Permissions">By number of the namespace; no entry = may not enter.</param>
public sealed record UserRecord(
    string Name,
    ScramVerifier Verifier,
    IReadOnlyList<string> Tags,
    ImmutableSortedDictionary<long, PermissionPatterns> Permissions)
{
    /// <summary>Public halves of the user's access keys.</summary>
    internal ImmutableSortedSet<string> AccessKeys { get; init; } =
        ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    /// <summary>Only the name: listings and logs never show a verifier.</summary>
    public override string ToString() => Name;
}
