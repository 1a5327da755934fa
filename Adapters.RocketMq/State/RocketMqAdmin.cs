using System.Globalization;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Bodies;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>What mqadmin asks a broker (specification sections 6 and 17), but for resetting offsets and
/// passing on. All of it needs the administrator tag.</summary>
internal sealed class RocketMqAdmin(RocketMqLink link, RocketMqTopics topics, RocketMqOffsets offsets)
{
    /// <summary>17: makes the topic here, adds queues, and changes its perm; on all broker names, unlike
    /// 4.1.0.</summary>
    public async ValueTask<RocketMqCommand> CreateTopicAsync(RocketMqCommand command)
    {
        var request = CreateTopicRequest.Read(command.Fields ?? new());
        if (request.Topic == link.Options.ClusterName || request.Topic == RocketMqNames.Template)
        {
            throw RocketMqProtocolException.Request(
                $"the topic[{request.Topic}] is conflict with system reserved words.");
        }
        int queues = Math.Max(request.ReadQueueNums, request.WriteQueueNums);
        if (queues < 1 || queues > link.Options.MaxQueueNums)
            throw RocketMqProtocolException.Request($"queues must be 1 to {link.Options.MaxQueueNums}");
        var config = new TopicConfig(
            request.Topic, queues, queues, request.Perm, request.TopicSysFlag ?? 0, request.Order ?? false);
        TopicInfo topic = await link.Ask(topics.EnsureAsync(config, [link.Group], queues));
        TopicConfig present = topics.Config(topic, link.Group);
        if ((present.Perm, present.SysFlag, present.Order) != (config.Perm, config.SysFlag, config.Order))
        {
            if (!topic.Arguments.IsEmpty && TopicConfig.Read(topic.Arguments.Span, null) is null)
            {
                throw RocketMqProtocolException.Request(
                    $"the topic[{request.Topic}] was made by another protocol, its perm stays");
            }
            Reply changed = await link.Ask(
                link.Broker.ChangeTopicAsync(topic.Id, RocketMqTopics.Arguments(config), link.Stopping));
            changed.ThrowIfFailed($"topic[{request.Topic}]");
        }
        return command.Answer(RocketMqResponseCode.Success);
    }

    /// <summary>215, and 216 at the name server: the topic goes on all broker names.</summary>
    public async ValueTask<RocketMqCommand> DeleteTopicAsync(RocketMqCommand command)
    {
        string name = TopicRequest.Read(command.Fields ?? new()).Topic;
        if (link.Broker.FindTopic(name) is { } topic)
        {
            Reply reply =
                await link.Ask(link.Broker.DeleteTopicAsync(topic.Id, ifUnused: false, link.Stopping));
            reply.ThrowIfFailed($"topic[{name}]");
        }
        return command.Answer(RocketMqResponseCode.Success);
    }

    /// <summary>21.</summary>
    public RocketMqCommand TopicConfigs(RocketMqCommand command) => command.Answer(RocketMqResponseCode.Success) with
    {
        Body = RocketMqBodies.TopicConfigs(
            link.Broker.ListTopics().Where(topic => topics.Queues(topic.Id).Any())
                .Select(topic => topics.Config(topic, link.Group))),
    };

    /// <summary>28: what brokerStatus and clusterList print. We keep no rates; what is not measured is
    /// 0.</summary>
    public RocketMqCommand RuntimeInfo(RocketMqCommand command)
    {
        const string noRate = "0.0 0.0 0.0";
        return command.Answer(RocketMqResponseCode.Success) with
        {
            Body = RocketMqBodies.Table(
            [
                new("brokerVersionDesc", "V4_1_0_SNAPSHOT"),
                new("brokerVersion", RocketMqCommand.OwnVersion.ToString(CultureInfo.InvariantCulture)),
                new("brokerName", link.Names.NameOf(link.Group)),
                new("brokerRole", "SYNC_MASTER"),
                new("putTps", noRate),
                new("getTotalTps", noRate),
                new("getFoundTps", noRate),
                new("getMissTps", noRate),
                new("getTransferedTps", noRate),
                new("msgPutTotalYesterdayMorning", "0"),
                new("msgPutTotalTodayMorning", "0"),
                new("msgPutTotalTodayNow", "0"),
                new("msgGetTotalYesterdayMorning", "0"),
                new("msgGetTotalTodayMorning", "0"),
                new("msgGetTotalTodayNow", "0"),
                new("sendThreadPoolQueueHeadWaitTimeMills", "0"),
                new("queryThreadPoolQueueHeadWaitTimeMills", "0"),
                new("pullThreadPoolQueueHeadWaitTimeMills", "0"),
                new("pageCacheLockTimeMills", "0"),
                new("commitLogDiskRatio", "0.0"),
                new("consumeQueueDiskRatio", "0.0"),
                new("earliestMessageTimeStamp", "0"),
            ]),
        };
    }

    /// <summary>202.</summary>
    public async ValueTask<RocketMqCommand> TopicStatsAsync(RocketMqCommand command)
    {
        string name = TopicRequest.Read(command.Fields ?? new()).Topic;
        var stats = new List<QueueStats>();
        foreach (PartitionInfo queue in topics.Queues(topics.Find(name).Id).ToArray())
        {
            PartitionBounds bounds = await link.Ask(offsets.BoundsAsync(queue));
            stats.Add(new(Queue(name, queue), bounds.MinOffset, bounds.MaxOffset, Math.Max(0, bounds.LatestMs)));
        }
        return command.Answer(RocketMqResponseCode.Success) with { Body = RocketMqBodies.TopicStats(stats) };
    }

    /// <summary>208: how far a group is in the queues here, of one topic or of all that it has to do
    /// with.</summary>
    public async ValueTask<RocketMqCommand> ConsumeStatsAsync(RocketMqCommand command)
    {
        var request = ConsumeStatsRequest.Read(command.Fields ?? new());
        Dictionary<QueueId, long> known = await link.Ask(OffsetsAsync(request.ConsumerGroup));
        IEnumerable<string> subscribed = link.Clients.FindConsumers(request.ConsumerGroup)?.Subscriptions
            .Select(subscription => subscription.Topic) ?? [];
        var stats = new List<QueueStats>();
        foreach (TopicInfo topic in link.Broker.ListTopics())
        {
            if (!string.IsNullOrEmpty(request.Topic) && topic.Name != request.Topic)
                continue;
            PartitionInfo[] queues = [.. topics.Queues(topic.Id)];
            if (!subscribed.Contains(topic.Name) && !queues.Any(queue => known.ContainsKey(queue.Id)))
                continue;
            foreach (PartitionInfo queue in queues)
                stats.Add(await link.Ask(StatsAsync(topic.Name, queue, known)));
        }
        return command.Answer(RocketMqResponseCode.Success) with { Body = RocketMqBodies.ConsumeStats(stats) };
    }

    /// <summary>203.</summary>
    public RocketMqCommand ConsumerConnections(RocketMqCommand command)
    {
        string group = ConsumerGroupRequest.Read(command.Fields ?? new()).ConsumerGroup;
        if (link.Clients.FindConsumers(group) is not { } consumers)
        {
            return command.Answer(
                RocketMqResponseCode.ConsumerNotOnline, $"the consumer group[{group}] not online");
        }
        return command.Answer(RocketMqResponseCode.Success) with
        {
            Body = RocketMqBodies.ConsumerConnections(
                Shown(consumers.Clients), consumers.Data, consumers.Subscriptions),
        };
    }

    /// <summary>204.</summary>
    public RocketMqCommand ProducerConnections(RocketMqCommand command)
    {
        string group = ProducerGroupRequest.Read(command.Fields ?? new()).ProducerGroup;
        IReadOnlyList<RocketMqClients.Client> producers = link.Clients.FindProducers(group);
        return producers.Count == 0
            ? command.Answer(RocketMqResponseCode.SystemError, $"the producer group[{group}] not exist")
            : command.Answer(RocketMqResponseCode.Success) with
            {
                Body = RocketMqBodies.ProducerConnections(Shown(producers)),
            };
    }

    /// <summary>300: groups that subscribe to a topic or have offsets in it.</summary>
    public async ValueTask<RocketMqCommand> ConsumeByWhoAsync(RocketMqCommand command)
    {
        string name = TopicRequest.Read(command.Fields ?? new()).Topic;
        var groups = new SortedSet<string>(link.Clients.GroupsOf(name), StringComparer.Ordinal);
        if (link.Broker.FindTopic(name) is { } topic)
        {
            HashSet<QueueId> queues = [.. link.Partitions.List(topic.Id).Select(queue => queue.Id)];
            (Reply reply, IReadOnlyList<string> all) = await link.Ask(link.Groups.ListAsync(link.Stopping));
            reply.ThrowIfFailed("consumer groups");
            foreach (string group in all)
            {
                Dictionary<QueueId, long> offsetsOf = await link.Ask(OffsetsAsync(group));
                if (offsetsOf.Keys.Any(queues.Contains))
                    groups.Add(group);
            }
        }
        return command.Answer(RocketMqResponseCode.Success) with { Body = RocketMqBodies.GroupList(groups) };
    }

    private RocketMqQueue Queue(string topic, PartitionInfo queue) =>
        new(topic, link.Names.NameOf(link.Group), queue.Number);

    private async ValueTask<QueueStats> StatsAsync(
        string topic, PartitionInfo queue, Dictionary<QueueId, long> known)
    {
        PartitionBounds bounds = await link.Ask(offsets.BoundsAsync(queue));
        long offset = known.GetValueOrDefault(queue.Id);
        long consumedMs = 0;
        if (offset > bounds.MinOffset)
        {
            // The message that was consumed last.
            var query = new PartitionQuery(offset - 1, 1, 1, TagHashes: null, WaitMs: 0);
            (Reply reply, PartitionRead? read) =
                await link.Ask(link.Partitions.ReadAsync(queue.Id, query, link.Stopping));
            reply.ThrowIfFailed($"topic[{topic}]");
            consumedMs = read!.Messages is [var last, ..] ? last.StoredMs : 0;
        }
        return new(Queue(topic, queue), offset, bounds.MaxOffset, consumedMs);
    }

    private async ValueTask<Dictionary<QueueId, long>> OffsetsAsync(string group)
    {
        (Reply reply, IReadOnlyList<KeyValuePair<QueueId, long>> stored) =
            await link.Ask(link.Groups.ListOffsetsAsync(group, link.Stopping));
        reply.ThrowIfFailed($"consumer group[{group}]");
        return new(stored);
    }

    /// <summary>Of each client the connections to this broker name; by which it is also known
    /// elsewhere.</summary>
    private IEnumerable<ClientConnection> Shown(IEnumerable<RocketMqClients.Client> clients) => clients
        .Where(client => client.Channel.Group == link.Group)
        .Select(client => new ClientConnection(client.Id, client.Channel.Address, client.Language, client.Version));
}
