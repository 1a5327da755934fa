using System.Collections.Immutable;
using System.Globalization;
using Cmq.MultiProtocol.Adapters.RocketMq.State;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Connection;

/// <summary>Where the data groups' leaders are. Ports of this node become known one by one, as its listeners
/// open. Thread-safe.</summary>
/// <param name="broker">Knows the groups and who leads them.</param>
/// <param name="node">This node.</param>
/// <param name="advertisedHost">What clients are told as our host; null: the one that they dialled.</param>
public sealed class RocketMqAddresses(IBroker broker, NodeId node, string? advertisedHost)
    : IRocketMqAddresses
{
    private ImmutableDictionary<GroupId, int> _ports = ImmutableDictionary<GroupId, int>.Empty;

    /// <summary>Those with a port here.</summary>
    public IReadOnlyList<GroupId> Groups => [.. _ports.Keys.OrderBy(group => group.Value)];

    /// <summary>A data group is served at this port from now on.</summary>
    /// <param name="group">The group.</param>
    /// <param name="port">The higher one of its pair.</param>
    /// <param name="boundHost">For the other nodes, where no host is advertised.</param>
    public void Open(GroupId group, int port, string boundHost)
    {
        ImmutableInterlocked.AddOrUpdate(ref _ports, group, port, (_, _) => port);
        broker.Advertise(RocketMqService.NameOf(group), Address(advertisedHost ?? boundHost, port));
    }

    public int PortOf(GroupId group) => _ports[group];

    public string? AddressOf(GroupId group, string dialled)
    {
        GroupLeader? leader =
            broker.ListGroups(RocketMqService.NameOf(group)).FirstOrDefault(known => known.Group == group);
        if (leader is null)
            return null;
        return leader.Leader == node ? Address(advertisedHost ?? dialled, PortOf(group)) : leader.Address;
    }

    private static string Address(string host, int port) =>
        host + ":" + port.ToString(CultureInfo.InvariantCulture);
}
