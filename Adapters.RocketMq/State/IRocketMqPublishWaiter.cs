using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>Whoever waits for what became of a publish.</summary>
internal interface IRocketMqPublishWaiter
{
    /// <summary>Called once, in a turn of the loop; at once when the core does not even take it.</summary>
    void Published(PublishOutcome outcome);
}
