using System.Collections.Concurrent;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>What all connections of a node share. Thread-safe.</summary>
public sealed record RocketMqDoor(IBroker Broker, RocketMqOptions Options, IRocketMqAddresses Addresses)
{
    private readonly ConcurrentDictionary<NamespaceId, bool> _namespaces = [];

    /// <summary>The clients that heartbeat this node.</summary>
    public RocketMqClients Clients { get; } = new();

    /// <summary>The namespaces that somebody came to by this door since the node started.</summary>
    public IEnumerable<NamespaceId> Namespaces => _namespaces.Keys;

    internal RocketMqLink Link(
        IBrokerConnection connection, Identity user, NamespaceId ns, RocketMqPeer peer, IRocketMqTurns turns,
        CancellationToken stopping)
    {
        _namespaces.TryAdd(ns, true);
        return new(Broker, connection, connection.Partitions, connection.ConsumerGroups, connection.Parked, user, ns,
            peer.Group, peer.Dialled, Addresses, Clients, Options, turns, stopping);
    }
}
