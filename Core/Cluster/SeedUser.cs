namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>A user made at bootstrap, with all rights in <c>/</c>.</summary>
public sealed record SeedUser(string Name, string Password, IReadOnlyList<string> Tags)
{
    /// <summary>Never shows the password.</summary>
    public override string ToString() => Name;
}
