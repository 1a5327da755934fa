using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>What became of a publish, for a handler that awaits it; it goes on in the turn that tells.</summary>
internal sealed class RocketMqPublishTask : TaskCompletionSource<PublishOutcome>, IRocketMqPublishWaiter
{
    public void Published(PublishOutcome outcome) => SetResult(outcome);
}
