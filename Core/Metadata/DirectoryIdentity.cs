using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>A logged-in user whose rights are those that the directory gives now, not those at login. A user
/// that was deleted may do nothing.</summary>
/// <param name="userName">The user.</param>
/// <param name="present">Gives the node's present snapshot; thread-safe.</param>
public sealed class DirectoryIdentity(string userName, Func<DirectorySnapshot> present) : Identity
{
    public override string UserName => userName;

    public override IReadOnlyList<string> Tags => present().FindUser(userName)?.Tags ?? [];

    public override bool MayEnter(NamespaceId ns) => Find(ns) is not null;

    public override bool May(Access access, NamespaceId ns, string name) =>
        Find(ns) is { } patterns && patterns.Allow(access, name);

    private PermissionPatterns? Find(NamespaceId ns) =>
        present().FindUser(userName)?.Permissions.GetValueOrDefault(ns.Value);
}
