using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;
using Cmq.MultiProtocol.Core;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>37: a producer says what became of its transaction (specification section 16). The half message
/// is parked; its position is the offset that both sides name it by.</summary>
internal sealed class RocketMqTransactions(RocketMqLink link)
{
    public async ValueTask<RocketMqCommand> EndAsync(RocketMqCommand command)
    {
        var request = EndTransactionRequest.Read(command.Fields ?? new());
        Reply reply = request.CommitOrRollback switch
        {
            RocketMqSysFlag.Commit => await link.Ask(
                link.Parked.ShowAsync(request.CommitLogOffset, request.ProducerGroup, link.Stopping)),
            RocketMqSysFlag.Rollback => await link.Ask(
                link.Parked.DropAsync(request.CommitLogOffset, request.ProducerGroup, link.Stopping)),
            // Still unknown: the producer will be asked again.
            _ => Reply.Ok,
        };
        // Ended before, by a repeated word of the producer, or not this producer's: nothing to do.
        if (reply != Reply.Gone)
            reply.ThrowIfFailed("find prepared transaction message failed");
        return command.Answer(RocketMqResponseCode.Success);
    }
}
