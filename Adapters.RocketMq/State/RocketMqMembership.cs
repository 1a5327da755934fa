using System.Globalization;
using System.Text;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Bodies;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>34, 35, 38, 41, 42, 46: who is in a group, and who has which queue locked (specification sections
/// 13 and 15). A client has a member per connection, because it heartbeats every broker name by one of its
/// own; the list that clients see names each client once.</summary>
internal sealed class RocketMqMembership(RocketMqLink link, RocketMqTopics topics, IRocketMqChannel channel)
{
    public const string NoSqlFilter = "The broker does not support consumer to filter message by SQL92";

    /// <summary>Between the client's id and the connection's number in a member's name.</summary>
    private const char MemberSeparator = '\u0001';

    public async ValueTask<RocketMqCommand> HeartbeatAsync(RocketMqCommand command)
    {
        var heartbeat = HeartbeatData.Read(command.Body.Span);
        foreach (ConsumerData consumer in heartbeat.Consumers)
        {
            string retry = RocketMqNames.RetryPrefix + consumer.GroupName;
            await link.Ask(topics.EnsureAsync(
                new TopicConfig(retry, 1, 1, TopicConfig.PermReadWrite, 0, false), [link.Group], 1));
            link.Clients.AddConsumer(consumer, heartbeat.ClientId, command, channel);
            var member = new ConsumerMember(Member(heartbeat.ClientId), Metadata(consumer));
            Reply reply = await link.Ask(link.Groups.JoinAsync(
                consumer.GroupName, member, link.Options.MemberTimeoutMs, link.Stopping));
            reply.ThrowIfFailed($"consumer group[{consumer.GroupName}]");
        }
        foreach (string group in heartbeat.ProducerGroups)
            link.Clients.AddProducer(group, heartbeat.ClientId, command, channel);
        return command.Answer(RocketMqResponseCode.Success);
    }

    public async ValueTask<RocketMqCommand> UnregisterAsync(RocketMqCommand command)
    {
        var request = UnregisterClientRequest.Read(command.Fields ?? new());
        if (request.ProducerGroup is { } producers)
            link.Clients.RemoveProducer(producers, request.ClientId, channel);
        if (request.ConsumerGroup is { } consumers)
        {
            link.Clients.RemoveConsumer(consumers, request.ClientId, channel);
            Reply reply = await link.Ask(
                link.Groups.LeaveAsync(consumers, Member(request.ClientId), link.Stopping));
            reply.ThrowIfFailed($"consumer group[{consumers}]");
        }
        return command.Answer(RocketMqResponseCode.Success) with { Fields = new() };
    }

    public async ValueTask<RocketMqCommand> ListAsync(RocketMqCommand command)
    {
        var request = ConsumerGroupRequest.Read(command.Fields ?? new());
        (Reply reply, IReadOnlyList<ConsumerMember> members) =
            await link.Ask(link.Groups.ListMembersAsync(request.ConsumerGroup, link.Stopping));
        reply.ThrowIfFailed($"consumer group[{request.ConsumerGroup}]");
        if (members.Count == 0)
            throw RocketMqProtocolException.Request($"no consumer for this group, {request.ConsumerGroup}");
        IEnumerable<string> clients = members.Select(member => ClientId(member.Name)).Distinct();
        return command.Answer(RocketMqResponseCode.Success) with
        {
            Fields = new(),
            Body = RocketMqBodies.ConsumerIds(clients.Order(StringComparer.Ordinal)),
        };
    }

    public async ValueTask<RocketMqCommand> LockAsync(RocketMqCommand command)
    {
        var request = LockBatchRequest.Read(command.Body.Span);
        Dictionary<QueueId, RocketMqQueue> queues = Queues(request);
        (Reply reply, IReadOnlyList<QueueId> locked) = await link.Ask(link.Groups.LockAsync(
            request.ConsumerGroup, request.ClientId, [.. queues.Keys], link.Options.LockLeaseMs, link.Stopping));
        reply.ThrowIfFailed($"consumer group[{request.ConsumerGroup}]");
        return command.Answer(RocketMqResponseCode.Success) with
        {
            Body = RocketMqBodies.LockedQueues(locked.Where(queues.ContainsKey).Select(queue => queues[queue])),
        };
    }

    public async ValueTask<RocketMqCommand> UnlockAsync(RocketMqCommand command)
    {
        var request = LockBatchRequest.Read(command.Body.Span);
        Reply reply = await link.Ask(link.Groups.UnlockAsync(
            request.ConsumerGroup, request.ClientId, [.. Queues(request).Keys], link.Stopping));
        reply.ThrowIfFailed($"consumer group[{request.ConsumerGroup}]");
        return command.Answer(RocketMqResponseCode.Success);
    }

    /// <summary>46: as a 4.1.0 broker with its default settings, we filter by tags only.</summary>
    public static RocketMqCommand Check(RocketMqCommand command)
    {
        var request = CheckClientRequest.Read(command.Body.Span);
        return request.Subscription is { IsTagFilter: false }
            ? command.Answer(RocketMqResponseCode.SystemError, NoSqlFilter)
            : command.Answer(RocketMqResponseCode.Success);
    }

    /// <summary>The members of a group have changed: its client rebalances at once, not at its next
    /// turn.</summary>
    public void Changed(string group) =>
        channel.Tell(RocketMqRequestCode.NotifyConsumerIdsChanged, new ConsumerGroupRequest(group), default);

    private static string ClientId(string member)
    {
        int cut = member.LastIndexOf(MemberSeparator);
        return cut < 0 ? member : member[..cut];
    }

    /// <summary>A change of it is told to the other members: what the group subscribes to, without the
    /// versions.</summary>
    private static byte[] Metadata(ConsumerData consumer) => Encoding.UTF8.GetBytes(string.Join('\n', consumer.Subscriptions
        .Select(subscription => $"{subscription.Topic} {subscription.Expression}").Order(StringComparer.Ordinal)));

    private string Member(string clientId)
    {
        ConnectionKey key = link.Broker.Key;
        return string.Create(CultureInfo.InvariantCulture,
            $"{clientId}{MemberSeparator}{key.Owner.Node.Value}-{key.Owner.Incarnation}-{key.Number}");
    }

    /// <summary>Those of the queues that exist on this broker name.</summary>
    private Dictionary<QueueId, RocketMqQueue> Queues(LockBatchRequest request)
    {
        var queues = new Dictionary<QueueId, RocketMqQueue>();
        foreach (RocketMqQueue queue in request.Queues)
        {
            if (link.Broker.FindTopic(queue.Topic) is { } topic
                && topics.Queues(topic.Id).FirstOrDefault(found => found.Number == queue.QueueId) is { } partition)
            {
                queues[partition.Id] = queue;
            }
        }
        return queues;
    }
}
