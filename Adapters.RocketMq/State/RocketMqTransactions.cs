using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>37: a producer says what became of its transaction (specification section 16). The half message
/// is parked; its position is the offset that both sides name it by.</summary>
internal sealed class RocketMqTransactions(RocketMqLink link)
{
    public async ValueTask<RocketMqCommand> EndAsync(RocketMqCommand command)
    {
        var request = EndTransactionRequest.Read(command.Fields ?? new());
        // Still unknown: the producer will be asked again.
        if (request.CommitOrRollback is not (RocketMqSysFlag.Commit or RocketMqSysFlag.Rollback))
            return command.Answer(RocketMqResponseCode.Success);
        // The request names no topic: the message does.
        (Reply reply, string? topic) = await link.Ask(
            link.Parked.FindTopicAsync(request.CommitLogOffset, request.ProducerGroup, link.Stopping));
        if (topic is not null && !link.May(Access.Write, topic))
            throw RocketMqErrors.NoPermission($"no permission to send to topic[{topic}]");
        if (reply == Reply.Ok)
            reply = await link.Ask(EndAsync(request));
        // Ended before, by a repeated word of the producer, or not this producer's: nothing to do.
        if (reply != Reply.Gone)
            reply.ThrowIfFailed("find prepared transaction message failed");
        return command.Answer(RocketMqResponseCode.Success);
    }

    private ValueTask<Reply> EndAsync(EndTransactionRequest request) =>
        request.CommitOrRollback == RocketMqSysFlag.Commit
            ? link.Parked.ShowAsync(request.CommitLogOffset, request.ProducerGroup, link.Stopping)
            : link.Parked.DropAsync(request.CommitLogOffset, request.ProducerGroup, link.Stopping);
}
