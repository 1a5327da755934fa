using System.Buffers;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>12 and 33: messages by key and by id (specification section 17).</summary>
internal sealed class RocketMqQueries(RocketMqLink link, RocketMqTopics topics, RocketMqEndPoint storeHost)
{
    /// <summary>Most messages in one answer, a count, as in 4.1.0.</summary>
    private const int MaxMessages = 64;

    /// <summary>Of a query by the client's own id.</summary>
    private const int MaxUnique = 32;

    public async ValueTask<RocketMqCommand> ByIdAsync(RocketMqCommand command)
    {
        var request = ViewMessageRequest.Read(command.Fields ?? new());
        RocketMqMessage? message = await link.Ask(FindAsync(request.Offset));
        if (message is null)
        {
            return command.Answer(
                RocketMqResponseCode.SystemError, $"can not find message by the offset, {request.Offset}");
        }
        return command.Answer(RocketMqResponseCode.Success) with { Body = Records([message]) };
    }

    public async ValueTask<RocketMqCommand> ByKeyAsync(RocketMqCommand command)
    {
        var request = QueryMessageRequest.Read(command.Fields ?? new());
        TopicInfo topic = topics.Find(request.Topic);
        CheckRead(request.Topic);
        int most = Math.Clamp(request.MaxMessages, 1, request.UniqueKey ? MaxUnique : MaxMessages);
        (Reply reply, IReadOnlyList<PartitionMessage> found) = await link.Ask(link.Partitions.FindByKeyAsync(
            topic.Id, request.Key, request.BeginTimestampMs, request.EndTimestampMs, most, link.Stopping));
        reply.ThrowIfFailed($"topic[{request.Topic}]");

        // The client asks every broker name of the topic, so each answers for its own queues.
        Dictionary<QueueId, int> here =
            topics.Queues(topic.Id).ToDictionary(queue => queue.Id, queue => queue.Number);
        RocketMqMessage[] messages =
        [
            .. found.Where(message => here.ContainsKey(message.Partition))
                .OrderBy(message => message.Position)
                .Select(message => RocketMqMapping.Record(
                    message, request.Topic, here[message.Partition], storeHost, link.Node)),
        ];
        if (messages.Length == 0)
        {
            return command.Answer(new QueryMessageResponse(0, 0)) with
            {
                Code = (int)RocketMqResponseCode.QueryNotFound,
                Remark = "can not find message, maybe time range not correct",
            };
        }
        return command.Answer(new QueryMessageResponse(messages[^1].StoreTimestampMs, messages[^1].Position)) with
        {
            Body = Records(messages),
        };
    }

    /// <summary>The message at a position, if the user may read its topic.</summary>
    public async ValueTask<RocketMqMessage?> FindAsync(long position)
    {
        (Reply reply, PartitionMessage? message) =
            await link.Ask(link.Partitions.FindByPositionAsync(position, link.Stopping));
        reply.ThrowIfFailed($"offset {position}");
        if (message is null || TopicOf(message) is not { } topic)
            return null;
        CheckRead(topic.Name);
        int number = link.Partitions.List(topic.Id).First(queue => queue.Id == message.Partition).Number;
        return RocketMqMapping.Record(message, topic.Name, number, storeHost, link.Node);
    }

    /// <summary>The topic whose partition it stands in; a deleted one shows nothing any more.</summary>
    private TopicInfo? TopicOf(PartitionMessage message)
    {
        string name = message.Message.Overlay?.Topic ?? message.Message.Topic;
        return link.Broker.FindTopic(name) is { } topic
            && link.Partitions.List(topic.Id).Any(queue => queue.Id == message.Partition) ? topic : null;
    }

    private void CheckRead(string topic)
    {
        if (!link.May(Access.Read, topic))
            throw RocketMqErrors.NoPermission($"no permission to consume topic[{topic}]");
    }

    private static ReadOnlyMemory<byte> Records(IEnumerable<RocketMqMessage> messages)
    {
        var body = new ArrayBufferWriter<byte>();
        foreach (RocketMqMessage message in messages)
            RocketMqMessageWriter.Write(message, body);
        return body.WrittenMemory;
    }
}
