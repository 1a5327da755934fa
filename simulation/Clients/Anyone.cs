using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Simulation.Clients;

/// <summary>A user who may do everything: permissions are the adapters' matter.</summary>
internal sealed class Anyone : Identity
{
    public static readonly Anyone Instance = new();

    public override string UserName => "anyone";

    public override IReadOnlyList<string> Tags => [];

    public override bool MayEnter(NamespaceId ns) => true;

    public override bool May(Access access, NamespaceId ns, string name) => true;
}
