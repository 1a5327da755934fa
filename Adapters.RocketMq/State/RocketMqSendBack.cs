using System.Buffers;
using System.Globalization;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Bodies;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>36: a consumer sends a message back; it comes again later by the group's retry topic, or, when
/// that was too often, goes to its dead letters (specification section 14).</summary>
internal sealed class RocketMqSendBack(
    RocketMqLink link, RocketMqTopics topics, RocketMqSending sending, RocketMqEndPoint storeHost)
{
    /// <summary>From this client version on the request says how often a message may come back
    /// (V3_4_9).</summary>
    private const int VersionWithMaximum = 121;

    public async ValueTask<RocketMqCommand> SendBackAsync(RocketMqCommand command)
    {
        var request = SendBackRequest.Read(command.Fields ?? new());
        (Reply reply, PartitionMessage? message) =
            await link.Ask(link.Partitions.FindByPositionAsync(request.Offset, link.Stopping));
        reply.ThrowIfFailed("look message by offset failed");
        if (message is null)
            throw RocketMqProtocolException.Request($"look message by offset failed, {request.Offset}");
        string topic = message.Message.Overlay?.Topic ?? message.Message.Topic;
        if (!link.May(Access.Read, topic))
            throw RocketMqErrors.NoPermission($"no permission to consume topic[{topic}]");

        RocketMqPropertyBlock block = RocketMqMapping.Block(message.Message, link.Node);
        int maxTimes = command.Version >= VersionWithMaximum && request.MaxReconsumeTimes is { } times
            ? times
            : link.Options.RetryMaxTimes;
        bool isDead = request.DelayLevel < 0 || block.ReconsumeTimes >= maxTimes;
        string target = (isDead ? RocketMqNames.DeadLetterPrefix : RocketMqNames.RetryPrefix) + request.Group;
        int? level = isDead
            ? null
            : request.DelayLevel == 0 ? RocketMqDelayLevels.FirstRetry + block.ReconsumeTimes : request.DelayLevel;

        Reply moved = await link.Ask(
            MoveAsync(target, Returned(block, message, topic, level), message.Message.Body));
        moved.ThrowIfFailed($"topic[{target}]");
        return command.Answer(RocketMqResponseCode.Success);
    }

    private RocketMqPropertyBlock Returned(
        RocketMqPropertyBlock block, PartitionMessage message, string topic, int? level)
    {
        RocketMqProperties properties = RocketMqProperties.Parse(block.Properties.Span);
        properties[RocketMqProperties.RetryTopic] ??= topic;
        properties[RocketMqProperties.OriginMessageId] ??=
            new RocketMqMessageId(storeHost, message.Position).ToString();
        properties[RocketMqProperties.WaitStore] = "false";
        properties[RocketMqProperties.Delay] = level?.ToString(CultureInfo.InvariantCulture);
        return (block with
        {
            ReconsumeTimes = block.ReconsumeTimes + 1,
            SysFlag = block.SysFlag & ~RocketMqSysFlag.TransactionMask,
        }).With(properties);
    }

    private async ValueTask<Reply> MoveAsync(string target, RocketMqPropertyBlock block, ReadOnlySequence<byte> body)
    {
        TopicInfo topic = await link.Ask(topics.EnsureAsync(
            new TopicConfig(target, 1, 1, TopicConfig.PermReadWrite, 0, false), [link.Group], 1));
        PublishOutcome outcome = await link.Ask(new ValueTask<PublishOutcome>(
            sending.PublishAsync(topic, topics.Queue(target, 0), block, body)));
        return outcome.Reply;
    }
}
