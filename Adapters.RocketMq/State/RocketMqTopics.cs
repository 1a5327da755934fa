using System.Runtime.CompilerServices;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Bodies;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>Topics and their queues: a queue of RocketMQ is a partition, its id the partition's number in the
/// data group that the broker name stands for.</summary>
internal sealed class RocketMqTopics(RocketMqLink link)
{
    /// <summary>What topics were made with, read once for each state of one: sends and pulls ask every time.</summary>
    private static readonly ConditionalWeakTable<TopicInfo, TopicConfig> Configs = [];

    /// <summary>A topic that has queues on some broker name.</summary>
    /// <exception cref="RocketMqProtocolException">17.</exception>
    public TopicInfo Find(string name) =>
        link.Broker.FindTopic(name) is { } topic && link.Partitions.List(topic.Id).Count > 0
            ? topic
            : throw RocketMqErrors.TopicNotExist(name);

    /// <summary>The queues that a topic has on this connection's broker name.</summary>
    public IEnumerable<PartitionInfo> Queues(TopicId topic) =>
        link.Partitions.List(topic).Where(partition => partition.Group == link.Group);

    /// <summary>How many those are.</summary>
    public int CountQueues(TopicId topic)
    {
        IReadOnlyList<PartitionInfo> all = link.Partitions.List(topic);
        int count = 0;
        for (int i = 0; i < all.Count; i++)
            count += all[i].Group == link.Group ? 1 : 0;
        return count;
    }

    /// <summary>One of those; null when there is none of that number.</summary>
    public PartitionInfo? FindQueue(TopicId topic, int queueId)
    {
        IReadOnlyList<PartitionInfo> all = link.Partitions.List(topic);
        for (int i = 0; i < all.Count; i++)
        {
            if (all[i].Group == link.Group && all[i].Number == queueId)
                return all[i];
        }
        return null;
    }

    /// <summary>A queue on this connection's broker name.</summary>
    /// <exception cref="RocketMqProtocolException">17, or 1 where the topic has no such queue
    /// here.</exception>
    public PartitionInfo Queue(string topic, int queueId)
    {
        TopicId found = Find(topic).Id;
        return FindQueue(found, queueId) ?? throw RocketMqProtocolException.Request(
            $"queueId[{queueId}] is illegal, topic:[{topic}] has {CountQueues(found)} queues here");
    }

    /// <summary>How the topic was made by an administrator, with the queues that it has in a group
    /// now.</summary>
    public TopicConfig Config(TopicInfo topic, GroupId group)
    {
        int queues = link.Partitions.List(topic.Id).Count(partition => partition.Group == group);
        return Made(topic) with { Name = topic.Name, ReadQueueNums = queues, WriteQueueNums = queues };
    }

    /// <summary>May it be read, or written to, for all that an administrator said?</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="perm">See <see cref="TopicConfig"/>.</param>
    public static bool Has(TopicInfo topic, int perm) => (Made(topic).Perm & perm) != 0;

    /// <summary>Makes the topic, or what it lacks, so that it has at least so many queues in each of the
    /// groups.</summary>
    /// <exception cref="RocketMqProtocolException">It cannot be.</exception>
    public async ValueTask<TopicInfo> EnsureAsync(TopicConfig config, IReadOnlyList<GroupId> groups, int queues)
    {
        if (!RocketMqNames.IsTopic(config.Name))
            throw RocketMqProtocolException.Request($"the topic name {config.Name} is not acceptable");
        TopicInfo topic = link.Broker.FindTopic(config.Name) ?? await link.Ask(DeclareAsync(config));
        foreach (GroupId group in groups)
        {
            if (link.Partitions.List(topic.Id).Count(partition => partition.Group == group) >= queues)
                continue;
            if (!link.May(Access.Configure, config.Name))
                throw RocketMqErrors.NoPermission($"no permission to make queues of topic[{config.Name}]");
            var settings = new QueueSettings
            {
                RetentionMs = link.Options.RetentionMs,
                // What other protocols publish must fit into a record, too; a larger one would stop every pull there.
                MaxMessageBytes = link.Options.MaxMessageBytes,
            };
            Reply grown = await link.Ask(
                link.Partitions.GrowAsync(topic.Id, group, queues, settings, link.Stopping));
            grown.ThrowIfFailed($"topic[{config.Name}]");
        }
        return topic;
    }

    /// <summary>The form in which the topic keeps its configuration.</summary>
    public static byte[] Arguments(TopicConfig config)
    {
        var json = new RocketMqJsonWriter();
        config.Write(json);
        return json.ToUtf8();
    }

    private static TopicConfig Made(TopicInfo topic) => Configs.GetValue(topic, static made => TopicConfig.Read(
        made.Arguments.Span, new TopicConfig(made.Name, 0, 0, TopicConfig.PermReadWrite, 0, false)));

    private async ValueTask<TopicInfo> DeclareAsync(TopicConfig config)
    {
        if (!link.May(Access.Configure, config.Name))
            throw RocketMqErrors.NoPermission($"no permission to create topic[{config.Name}]");
        (Reply reply, TopicInfo? topic) = await link.Ask(link.Broker.DeclareTopicAsync(
            new TopicDeclaration(config.Name, TopicKind.Pattern, Durable: true, AutoDelete: false, Internal: false,
                Arguments(config)),
            link.Stopping));
        if (reply is Reply.Ok or Reply.AlreadyExists && topic is not null)
            return topic;
        throw RocketMqErrors.Exception(reply, $"topic[{config.Name}]");
    }
}
