using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Bodies;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>A consumer group's members at this node, as of a moment.</summary>
/// <param name="Data">The group in the words of the last heartbeat.</param>
public sealed record RocketMqConsumerView(
    ConsumerData Data,
    IReadOnlyList<SubscriptionData> Subscriptions,
    IReadOnlyList<RocketMqClients.Client> Clients);
