using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Bodies;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;
using Cmq.MultiProtocol.Core;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>The name server's answers (specification section 4). Any node gives them, from the directory that
/// every node has.</summary>
internal sealed class RocketMqRoutes(RocketMqLink link, RocketMqTopics topics)
{
    /// <summary>105.</summary>
    public RocketMqCommand Route(RocketMqCommand command)
    {
        string name = TopicRequest.Read(command.Fields ?? new()).Topic;
        TopicRoute? route = name == RocketMqNames.Template ? TemplateRoute() : TopicRouteOf(name);
        return route is null
            ? command.Answer(
                RocketMqResponseCode.TopicNotExist,
                $"No topic route info in name server for the topic: {name}\n{RocketMqErrors.Faq}")
            : command.Answer(RocketMqResponseCode.Success) with { Body = route.ToJson() };
    }

    /// <summary>106.</summary>
    public RocketMqCommand Cluster(RocketMqCommand command) => command.Answer(RocketMqResponseCode.Success) with
    {
        Body = new ClusterInfo(link.Options.ClusterName, [.. link.Addresses.Groups.Select(Broker)]).ToJson(),
    };

    /// <summary>206 and 224: topics that have queues, and the template.</summary>
    public RocketMqCommand Topics(RocketMqCommand command)
    {
        bool hasCluster = command.Code != (int)RocketMqRequestCode.GetTopicsByCluster
            || ClusterRequest.Read(command.Fields ?? new()).Cluster == link.Options.ClusterName;
        return command.Answer(RocketMqResponseCode.Success) with
        {
            Body = RocketMqBodies.TopicList(hasCluster ? TopicNames() : []),
        };
    }

    /// <summary>304 and 305.</summary>
    public static RocketMqCommand SystemTopics(RocketMqCommand command) => command.Answer(RocketMqResponseCode.Success) with
    {
        Body = RocketMqBodies.TopicList([RocketMqNames.Template]),
    };

    /// <summary>311, 312, 313: there are no units.</summary>
    public static RocketMqCommand NoTopics(RocketMqCommand command) =>
        command.Answer(RocketMqResponseCode.Success) with { Body = RocketMqBodies.TopicList([]) };

    private IEnumerable<string> TopicNames()
    {
        IEnumerable<string> names = link.Broker.ListTopics()
            .Where(topic => link.Partitions.List(topic.Id).Count > 0 && link.User.MayEnter(link.Namespace))
            .Select(topic => topic.Name);
        return link.Options.AutoCreateTopics ? names.Append(RocketMqNames.Template) : names;
    }

    /// <summary>A new topic gets queues on two broker names: which two, changes with every answer, so that
    /// topics spread over all of them.</summary>
    private TopicRoute? TemplateRoute()
    {
        IReadOnlyList<GroupId> groups = link.Addresses.Groups;
        if (!link.Options.AutoCreateTopics || groups.Count == 0)
            return null;
        IReadOnlyList<GroupId> pair = link.Names.PairOf(groups[link.Clients.NextTemplate(groups.Count)]);
        int queues = link.Options.DefaultQueueNums;
        return new TopicRoute(
            link.Options.ClusterName,
            [.. pair.Select(Broker)],
            [
                .. pair.Select(group => new TopicRoute.Queues(link.Names.NameOf(group), queues, queues,
                    TopicConfig.PermReadWrite | TopicConfig.PermInherit, SysFlag: 0)),
            ]);
    }

    private TopicRoute? TopicRouteOf(string name)
    {
        if (link.Broker.FindTopic(name) is not { } topic)
            return null;
        GroupId[] groups = [.. link.Partitions.List(topic.Id).Select(queue => queue.Group).Distinct()];
        if (groups.Length == 0)
            return null;
        return new TopicRoute(
            link.Options.ClusterName,
            [.. groups.Select(Broker)],
            [.. groups.Select(group => Queues(topics.Config(topic, group), group))]);
    }

    private TopicRoute.Queues Queues(TopicConfig config, GroupId group) =>
        new(link.Names.NameOf(group), config.ReadQueueNums, config.WriteQueueNums, config.Perm, config.SysFlag);

    private TopicRoute.Broker Broker(GroupId group) =>
        new(link.Names.NameOf(group), link.Addresses.AddressOf(group, link.Dialled));
}
