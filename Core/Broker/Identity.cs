namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>A logged-in user. Permissions are looked up in the directory's present state at each call.</summary>
public abstract class Identity
{
    public abstract string UserName { get; }

    /// <summary>For example <c>administrator</c>, <c>monitoring</c>.</summary>
    public abstract IReadOnlyList<string> Tags { get; }

    /// <summary>May the user enter the namespace at all (has any permission record there)?</summary>
    public abstract bool MayEnter(NamespaceId ns);

    /// <summary>Does the user's pattern for <paramref name="access"/> match the name?</summary>
    public abstract bool May(Access access, NamespaceId ns, string name);
}
