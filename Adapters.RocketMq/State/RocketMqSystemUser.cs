using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>This door's own work for no client: checking transactions.</summary>
internal sealed class RocketMqSystemUser : Identity
{
    public override string UserName => "rocketmq";

    public override IReadOnlyList<string> Tags => [];

    public override bool MayEnter(NamespaceId ns) => true;

    public override bool May(Access access, NamespaceId ns, string name) => true;
}
