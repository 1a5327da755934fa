using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Mqtt.State;

/// <summary>The node itself, where it publishes.</summary>
internal sealed class MqttNodeIdentity : Identity
{
    public static readonly MqttNodeIdentity Instance = new();

    private MqttNodeIdentity()
    {
    }

    public override string UserName => "";

    public override IReadOnlyList<string> Tags => [];

    public override bool MayEnter(NamespaceId ns) => true;

    public override bool May(Access access, NamespaceId ns, string name) => access == Access.Write;
}
