using Cmq.MultiProtocol.Adapters.RocketMq.State;
using Cmq.MultiProtocol.Core;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Tests.Fakes;

/// <summary>Two data groups at the usual ports.</summary>
internal sealed class FakeAddresses : IRocketMqAddresses
{
    public IReadOnlyList<GroupId> Groups { get; set; } = [new GroupId(1), new GroupId(2)];

    public string? AddressOf(GroupId group, string dialled) => $"{dialled}:{PortOf(group)}";

    public int PortOf(GroupId group) => 10_901 + (10 * group.Value);
}
