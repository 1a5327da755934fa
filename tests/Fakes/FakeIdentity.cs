using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Fakes;

/// <summary>A user who may do everything but what is listed.</summary>
public sealed class FakeIdentity(string name) : Identity
{
    public override string UserName => name;

    public List<string> TagList { get; } = [];

    public override IReadOnlyList<string> Tags => TagList;

    public bool Enters { get; set; } = true;

    /// <summary>What is not allowed; names as they are.</summary>
    public HashSet<(Access Access, string Name)> Denied { get; } = [];

    public override bool MayEnter(NamespaceId ns) => Enters;

    public override bool May(Access access, NamespaceId ns, string name) => !Denied.Contains((access, name));
}
