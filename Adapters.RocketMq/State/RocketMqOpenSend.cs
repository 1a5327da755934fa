using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>A send of one message that is with the core: all that a connection keeps of it until it is answered. Sends are
/// what a busy connection has most of, so no task and no turn is spent on one.</summary>
/// <param name="request">To be answered.</param>
/// <param name="topic">Its name.</param>
/// <param name="queueId">Of the queue that was chosen.</param>
/// <param name="storeHost">For the message's id.</param>
/// <param name="answers">Gets the answer.</param>
internal sealed class RocketMqOpenSend(
    RocketMqCommand request, string topic, int queueId, RocketMqEndPoint storeHost, IRocketMqSendAnswers answers)
    : IRocketMqPublishWaiter
{
    public void Published(PublishOutcome outcome)
    {
        if (outcome.Reply == Reply.Ok)
        {
            string id = RocketMqSending.MessageId(storeHost, outcome);
            answers.Sent(
                request, request.Answer(new SendMessageResponse(id, queueId, Math.Max(0, outcome.Sequence))));
        }
        else
        {
            answers.NotSent(request, RocketMqErrors.Exception(outcome.Reply, $"topic[{topic}]"));
        }
    }
}
