using System.Buffers;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Bodies;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>11: pulls (specification section 11).</summary>
internal sealed class RocketMqPulling(
    RocketMqLink link, RocketMqTopics topics, RocketMqOffsets offsets, RocketMqEndPoint storeHost)
{
    public async ValueTask<RocketMqCommand> PullAsync(RocketMqCommand command)
    {
        var request = PullMessageRequest.Read(command.Fields ?? new());
        TopicInfo topic = topics.Find(request.Topic);
        if (!link.May(Access.Read, request.Topic)
            || !RocketMqTopics.Has(topic, TopicConfig.PermRead))
        {
            throw RocketMqErrors.NoPermission($"the topic[{request.Topic}] is forbidden to read");
        }
        PartitionInfo queue = topics.Queue(request.Topic, request.QueueId);
        SubscriptionData subscription = Subscription(request);
        bool maySuspend = (request.SysFlag & RocketMqPullFlag.Suspend) != 0 && request.SuspendTimeoutMs > 0;
        if ((request.SysFlag & RocketMqPullFlag.CommitOffset) != 0)
        {
            link.CheckGroup(request.ConsumerGroup);
            offsets.CommitInPassing(request.ConsumerGroup, queue.Id, request.CommitOffset);
        }

        var query = new PartitionQuery(
            request.QueueOffset, Math.Max(1, request.MaxMessages), link.Options.MaxPullBytes,
            subscription.TagHashes(), WaitMs: 0);
        PartitionRead read = await link.Ask(ReadNowAsync(queue, query, request.Topic));
        if (maySuspend && Situation(request, read) == RocketMqResponseCode.PullNotFound)
        {
            int waitMs = (int)Math.Min(request.SuspendTimeoutMs, link.Options.MaxPullWaitMs);
            read = await link.Ask(ReadAsync(queue, query with { WaitMs = waitMs }, request.Topic));
        }
        return Answer(command, request, read);
    }

    /// <summary>Which of the table's rows it is.</summary>
    private static RocketMqResponseCode Situation(PullMessageRequest request, PartitionRead read)
    {
        if (read.Messages.Count > 0)
            return RocketMqResponseCode.Success;
        if (request.QueueOffset < read.MinOffset || request.QueueOffset > read.MaxOffset)
            return RocketMqResponseCode.PullOffsetMoved;
        return read.NextOffset > request.QueueOffset
            ? RocketMqResponseCode.PullRetryImmediately
            : RocketMqResponseCode.PullNotFound;
    }

    private RocketMqCommand Answer(RocketMqCommand command, PullMessageRequest request, PartitionRead read)
    {
        RocketMqResponseCode code = Situation(request, read);
        (string remark, long next) = code switch
        {
            RocketMqResponseCode.Success => ("FOUND", read.NextOffset),
            RocketMqResponseCode.PullRetryImmediately => ("NO_MATCHED_MESSAGE", read.NextOffset),
            RocketMqResponseCode.PullNotFound when read.MaxOffset == 0 => ("NO_MESSAGE_IN_QUEUE", 0),
            RocketMqResponseCode.PullNotFound => ("OFFSET_OVERFLOW_ONE", request.QueueOffset),
            _ when read.MaxOffset == 0 => ("NO_MESSAGE_IN_QUEUE", 0),
            _ when request.QueueOffset < read.MinOffset => ("OFFSET_TOO_SMALL", read.MinOffset),
            _ => ("OFFSET_OVERFLOW_BADLY", read.MinOffset == 0 ? 0 : read.MaxOffset),
        };
        return command.Answer(new PullMessageResponse(next, read.MinOffset, read.MaxOffset)) with
        {
            Code = (int)code,
            Remark = remark,
            Body = Records(read.Messages, request),
        };
    }

    private ReadOnlyMemory<byte> Records(IReadOnlyList<PartitionMessage> messages, PullMessageRequest request)
    {
        if (messages.Count == 0)
            return default;
        var body = new ArrayBufferWriter<byte>();
        foreach (PartitionMessage message in messages)
        {
            RocketMqMessageWriter.Write(
                RocketMqMapping.Record(message, request.Topic, request.QueueId, storeHost, link.Node), body);
        }
        return body.WrittenMemory;
    }

    /// <summary>Reads what is there; as much as it may be is counted meanwhile.</summary>
    private async ValueTask<PartitionRead> ReadNowAsync(PartitionInfo queue, PartitionQuery query, string topic)
    {
        link.Budget.Take(query.MaxBytes);
        try
        {
            return await link.Ask(ReadAsync(queue, query, topic));
        }
        finally
        {
            link.Budget.Give(query.MaxBytes);
        }
    }

    private async ValueTask<PartitionRead> ReadAsync(PartitionInfo queue, PartitionQuery query, string topic)
    {
        (Reply reply, PartitionRead? read) = await link.Ask(link.Partitions.ReadAsync(queue.Id, query, link.Stopping));
        reply.ThrowIfFailed($"topic[{topic}]");
        return read!;
    }

    /// <summary>From the request, or from the group's heartbeats.</summary>
    private SubscriptionData Subscription(PullMessageRequest request)
    {
        if ((request.SysFlag & RocketMqPullFlag.ClassFilter) != 0)
            throw Refused(RocketMqResponseCode.SystemError, "the broker does not support class filters");
        SubscriptionData? subscription;
        if ((request.SysFlag & RocketMqPullFlag.Subscription) != 0)
        {
            subscription = SubscriptionData.Parse(
                request.Topic, request.Subscription, request.SubscriptionVersion, request.ExpressionType);
        }
        else
        {
            subscription = link.Clients.FindSubscription(
                link.Namespace, request.ConsumerGroup, request.Topic, out bool isKnown)
                ?? throw Refused(RocketMqResponseCode.SubscriptionNotExist, isKnown
                    ? $"the consumer's subscription not exist\n{RocketMqErrors.Faq}"
                    : $"the consumer's group info not exist\n{RocketMqErrors.Faq}");
            if (subscription.Version < request.SubscriptionVersion)
                throw Refused(RocketMqResponseCode.SubscriptionNotLatest, "the consumer's subscription not latest");
        }
        return subscription.IsTagFilter
            ? subscription
            : throw Refused(RocketMqResponseCode.SystemError, RocketMqMembership.NoSqlFilter);
    }

    private static RocketMqProtocolException Refused(RocketMqResponseCode code, string why) =>
        new(ErrorScope.Request, code, why);
}
