using System.Buffers;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Bodies;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>222, 307, 309: what an administrator wants of a consumer (specification section 17).</summary>
internal sealed class RocketMqRelay(
    RocketMqLink link, RocketMqTopics topics, RocketMqOffsets offsets, RocketMqQueries queries)
{
    /// <summary>4.1.0 says so where nothing went wrong.</summary>
    private const string NoCodeSet = "not set any response code";

    /// <summary>The timestamp that stands for the end of a queue.</summary>
    private const long ToTheEnd = -1;

    /// <summary>Earlier clients do not know the request (V3_0_7_SNAPSHOT).</summary>
    private const int VersionWithReset = 5;

    /// <summary>222: tells every online member where to go on; they commit it themselves.</summary>
    public async ValueTask<RocketMqCommand> ResetOffsetAsync(RocketMqCommand command)
    {
        var request = ResetOffsetRequest.Read(command.Fields ?? new());
        TopicInfo topic = topics.Find(request.Topic);
        if (link.Clients.FindConsumers(request.Group) is not { } consumers)
        {
            return command.Answer(RocketMqResponseCode.ConsumerNotOnline,
                $"Consumer not online, so can not reset offset, Group: {request.Group} Topic: {request.Topic} "
                + $"Timestamp: {request.TimestampMs}");
        }
        if (consumers.Clients.Any(client => client.Version < VersionWithReset))
            return command.Answer(RocketMqResponseCode.SystemError, "the client does not support this feature");

        var table = new List<KeyValuePair<RocketMqQueue, long>>();
        foreach (PartitionInfo queue in topics.Queues(topic.Id).ToArray())
        {
            long target = await link.Ask(TargetAsync(request, queue));
            table.Add(new(new(request.Topic, link.Names.NameOf(link.Group), queue.Number), target));
        }
        foreach (RocketMqClients.Client client in consumers.Clients.Where(client => client.Channel.Group == link.Group))
        {
            byte[] body = client.Language == RocketMqLanguage.Cpp
                ? RocketMqBodies.OffsetList(table)
                : RocketMqBodies.OffsetTable(table);
            client.Channel.Tell(
                RocketMqRequestCode.ResetConsumerClientOffset, request with { IsForce = false }, body);
        }
        return command.Answer(RocketMqResponseCode.Success, NoCodeSet) with
        {
            Body = RocketMqBodies.OffsetTable(table),
        };
    }

    /// <summary>307 and 309: asks the client and hands its answer back.</summary>
    public async ValueTask<RocketMqCommand> AskAsync(RocketMqCommand command)
    {
        var request = ClientRequest.Read(command.Fields ?? new());
        ReadOnlyMemory<byte> body = default;
        if (command.Code == (int)RocketMqRequestCode.ConsumeMessageDirectly)
        {
            request = request with { BrokerName = link.Names.NameOf(link.Group) };
            body = await link.Ask(MessageAsync(request.MessageId));
        }
        RocketMqClients.Client? client = link.Clients.FindConsumers(request.ConsumerGroup)?.Clients
            .FirstOrDefault(client => client.Id == request.ClientId);
        if (client is null)
        {
            return command.Answer(RocketMqResponseCode.ConsumerNotOnline,
                $"The Consumer <{request.ConsumerGroup}> <{request.ClientId}> not online");
        }
        RocketMqCommand? answer = await link.Ask(new ValueTask<RocketMqCommand?>(
            client.Channel.AskAsync((RocketMqRequestCode)command.Code, request, body)));
        return answer is null
            ? command.Answer(RocketMqResponseCode.ConsumeMsgTimeout,
                $"consumer <{request.ConsumerGroup}> <{request.ClientId}> Timeout")
            : command.Answer((RocketMqResponseCode)answer.Code, answer.Remark) with { Body = answer.Body };
    }

    private async ValueTask<long> TargetAsync(ResetOffsetRequest request, PartitionInfo queue)
    {
        long target = request.TimestampMs == ToTheEnd
            ? (await link.Ask(offsets.BoundsAsync(queue))).MaxOffset
            : await link.Ask(offsets.SearchAsync(queue, request.TimestampMs));
        if (request.IsForce)
            return target;
        (Reply reply, long? stored) =
            await link.Ask(link.Groups.FetchOffsetAsync(request.Group, queue.Id, link.Stopping));
        reply.ThrowIfFailed($"consumer group[{request.Group}]");
        return Math.Min(target, stored ?? target);
    }

    private async ValueTask<ReadOnlyMemory<byte>> MessageAsync(string? messageId)
    {
        if (messageId is null || !RocketMqMessageId.TryParse(messageId, out RocketMqMessageId id)
            || await link.Ask(queries.FindAsync(id.Position)) is not { } message)
        {
            throw RocketMqProtocolException.Request($"can not find message {messageId}");
        }
        var body = new ArrayBufferWriter<byte>();
        RocketMqMessageWriter.Write(message, body);
        return body.WrittenMemory;
    }
}
