using System.Buffers;
using System.Globalization;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Bodies;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>Asks producers what became of transactions that they left open (specification section 16). Each
/// node asks for the data groups that it leads, because producers heartbeat the leaders. What was asked too
/// often in vain goes to a topic where administrators find it, and is never dropped.</summary>
internal sealed class RocketMqCheckBack(
    RocketMqLink link, RocketMqTopics topics, RocketMqPublishing publishing, NodeId node)
{
    /// <summary>Told of a transaction that is no longer asked about: owner, position, how often it
    /// was.</summary>
    public Action<ParkedMessage>? OnGivenUp { get; init; }

    /// <summary>One look at all groups that this node leads.</summary>
    public async ValueTask<int> CheckAsync()
    {
        int asked = 0;
        foreach (GroupLeader group in link.Node.ListGroups(RocketMqService.NameOf(link.Group)).ToArray())
        {
            if (group.Leader != node)
                continue;
            (Reply reply, IReadOnlyList<ParkedMessage> open) = await link.Ask(link.Parked.ListAsync(
                group.Group, link.Options.TransactionCheckMs, link.Options.MaxChecksPerPoll, link.Stopping));
            // Without a leader or a majority nobody can ask; the next look does.
            if (reply != Reply.Ok)
                continue;
            foreach (ParkedMessage message in open)
            {
                if (message.Owner.Length == 0 || message.Message.Format != PropertyFormat.RocketMq)
                    continue;
                if (message.TimesListed >= link.Options.MaxTransactionChecks)
                    await link.Ask(GiveUpAsync(message, group.Group));
                else if (Ask(message, group.Group))
                    asked++;
            }
        }
        return asked;
    }

    /// <returns>False when no producer of the group is connected here.</returns>
    private bool Ask(ParkedMessage message, GroupId group)
    {
        IReadOnlyList<RocketMqClients.Client> producers = link.Clients.FindProducers(message.Owner);
        if (producers.Count == 0)
            return false;
        IRocketMqChannel channel =
            (producers.FirstOrDefault(client => client.Channel.Group == group) ?? producers[0]).Channel;
        RocketMqPropertyBlock block = RocketMqPropertyBlock.Parse(message.Message.Properties);
        RocketMqProperties properties = RocketMqProperties.Parse(block.Properties.Span);
        properties[RocketMqProperties.TransactionCheckTimes] =
            (message.TimesListed + 1).ToString(CultureInfo.InvariantCulture);
        string? id = properties[RocketMqProperties.UniqueKey];

        block = block.With(properties);
        var body = new ArrayBufferWriter<byte>();
        RocketMqMessageWriter.Write(
            new RocketMqMessage(message.Message.Topic, QueueId: 0, QueueOffset: 0, message.Position)
            {
                Flag = block.Flag,
                SysFlag = block.SysFlag & ~RocketMqSysFlag.TransactionMask,
                BornTimestampMs = block.BornTimestampMs,
                BornHost = block.BornHost,
                StoreTimestampMs = message.StoredMs,
                StoreHost = channel.StoreHost,
                Body = message.Message.Body,
                Properties = block.Properties,
            },
            body);
        channel.Tell(
            RocketMqRequestCode.CheckTransactionState,
            new CheckTransactionStateRequest(
                TranStateTableOffset: 0, message.Position, id, id,
                new RocketMqMessageId(channel.StoreHost, message.Position).ToString()),
            body.WrittenMemory);
        return true;
    }

    private async ValueTask<Reply> GiveUpAsync(ParkedMessage message, GroupId group)
    {
        const string name = RocketMqNames.CheckedTooOften;
        RocketMqPropertyBlock block = RocketMqPropertyBlock.Parse(message.Message.Properties);
        RocketMqProperties properties = RocketMqProperties.Parse(block.Properties.Span);
        properties[RocketMqProperties.RealTopic] = message.Message.Topic;
        TopicInfo topic = await link.Ask(topics.EnsureAsync(
            new TopicConfig(name, 1, 1, TopicConfig.PermReadWrite, 0, false), [group], 1));
        PublishOutcome outcome = await link.Ask(new ValueTask<PublishOutcome>(publishing.PublishAsync(new Publication
        {
            Topic = topic,
            RoutingKey = message.Message.RoutingKey,
            Format = PropertyFormat.RocketMq,
            Properties = (block with { SysFlag = block.SysFlag & ~RocketMqSysFlag.TransactionMask })
                .With(properties).ToBytes(),
            Body = message.Message.Body,
            Persistent = true,
            Partition = link.Partitions.List(topic.Id).First(queue => queue.Group == group).Id,
            TagHash = RocketMqMapping.TagHash(properties[RocketMqProperties.Tags]),
        })));
        if (outcome.Reply != Reply.Ok)
            return outcome.Reply;
        OnGivenUp?.Invoke(message);
        return await link.Ask(link.Parked.DropAsync(message.Position, message.Owner, link.Stopping));
    }
}
