using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Benchmarks.Listening;

/// <summary>May do everything.</summary>
internal sealed class Anyone : Identity
{
    public override string UserName => "guest";

    public override IReadOnlyList<string> Tags => [];

    public override bool MayEnter(NamespaceId ns) => true;

    public override bool May(Access access, NamespaceId ns, string name) => true;
}
