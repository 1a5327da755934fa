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

    /// <exception cref="InvalidOperationException">The group has no port here.</exception>
    public int PortOf(GroupId group) => _ports.TryGetValue(group, out int port)
        ? port
        : throw new InvalidOperationException($"group {group} has no port here");

    public string? AddressOf(GroupId group, string dialled)
    {
        GroupLeader? leader =
            broker.ListGroups(RocketMqService.NameOf(group)).FirstOrDefault(known => known.Group == group);
        if (leader is null)
            return null;
        if (leader.Leader != node)
            return leader.Address;
        // A node without the broker's ports, or one that has not opened them yet.
        return _ports.TryGetValue(group, out int port) ? Address(advertisedHost ?? dialled, port) : null;
    }

    private static string Address(string host, int port)
    {
        // An IPv6 address; its last group would be taken for the port.
        bool needsBrackets = host.Contains(':', StringComparison.Ordinal) && !host.StartsWith('[');
        return (needsBrackets ? $"[{host}]" : host) + ":" + port.ToString(CultureInfo.InvariantCulture);
    }
}
