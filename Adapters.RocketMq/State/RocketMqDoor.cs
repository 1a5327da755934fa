using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>What all connections of a node share. Thread-safe.</summary>
public sealed record RocketMqDoor(IBroker Broker, RocketMqOptions Options, IRocketMqAddresses Addresses)
{
    /// <summary>The clients that heartbeat this node.</summary>
    public RocketMqClients Clients { get; } = new();

    internal RocketMqLink Link(
        IBrokerConnection connection, Identity user, NamespaceId ns, RocketMqPeer peer, IRocketMqTurns turns,
        CancellationToken stopping) =>
        new(Broker, connection, connection.Partitions, connection.ConsumerGroups, connection.Parked, user, ns,
            peer.Group, peer.Dialled, Addresses, Clients, Options, turns, stopping);
}
