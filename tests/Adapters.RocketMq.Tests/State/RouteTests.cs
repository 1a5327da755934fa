using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;
using Cmq.MultiProtocol.Adapters.RocketMq.State;
using Cmq.MultiProtocol.Adapters.RocketMq.Tests.Fakes;
using Cmq.MultiProtocol.Core;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Tests.State;

/// <summary>Specification section 4.</summary>
public sealed class RouteTests : IDisposable
{
    private readonly Desk _desk = new();
    private readonly Talk _names;

    public RouteTests() => _names = _desk.Talk(0);

    public void Dispose() => _desk.Dispose();

    [Fact]
    public void A_route_names_every_broker_name_with_its_queues_and_its_leaders_address()
    {
        _desk.Broker.AddTopic("T", 4, 2);

        RocketMqJson route =
            RocketMqJson.Parse(_names.Ask(RocketMqRequestCode.GetRouteInfoByTopic, new TopicRequest("T")).Body.Span);

        Assert.Equal([("broker-a", 4, 6), ("broker-b", 2, 6)], route.ItemsOf("queueDatas").Select(
            queues => (queues.TextOf("brokerName"), queues.IntOf("writeQueueNums"), queues.IntOf("perm"))));
        Assert.Equal(["127.0.0.1:10911", "127.0.0.1:10921"], route.ItemsOf("brokerDatas").Select(
            broker => broker["brokerAddrs"]!.TextOf("0")));
    }

    [Theory]
    [InlineData("ABSENT")]
    [InlineData("EXCHANGE")]
    public void A_topic_without_queues_has_no_route(string topic)
    {
        _desk.Broker.AddTopic("EXCHANGE", 0);

        RocketMqCommand answer = _names.Ask(RocketMqRequestCode.GetRouteInfoByTopic, new TopicRequest(topic));

        Assert.Equal((int)RocketMqResponseCode.TopicNotExist, answer.Code);
        Assert.StartsWith($"No topic route info in name server for the topic: {topic}\n", answer.Remark);
    }

    [Fact]
    public void New_topics_are_offered_all_broker_names_in_turn_two_at_a_time()
    {
        _desk.Addresses.Groups = [new(1), new(2), new(3), new(4)];

        string[] pairs = [.. Enumerable.Range(0, 4).Select(_ => string.Join(' ', TemplateBrokers()))];

        Assert.Equal(["broker-a broker-b", "broker-a broker-b", "broker-c broker-d", "broker-c broker-d"], pairs);
    }

    [Fact]
    public void Without_auto_create_the_template_has_no_route()
    {
        using var desk = new Desk(new RocketMqOptions { AutoCreateTopics = false });

        Assert.Equal(
            (int)RocketMqResponseCode.TopicNotExist,
            desk.Talk(0).Ask(RocketMqRequestCode.GetRouteInfoByTopic, new TopicRequest("TBW102")).Code);
    }

    [Theory]
    [InlineData(1, "1")]
    [InlineData(2, "1 2")]
    [InlineData(3, "1 3")]
    [InlineData(5, "1 5")]
    public void A_last_group_without_a_neighbour_goes_with_the_first(int groups, string pairOfLast)
    {
        _desk.Addresses.Groups = [.. Enumerable.Range(1, groups).Select(number => new GroupId(number))];
        var names = new RocketMqBrokers(new RocketMqOptions(), _desk.Addresses);

        Assert.Equal(pairOfLast, string.Join(' ', names.PairOf(new GroupId(groups))));
    }

    [Fact]
    public void Names_of_brokers_are_found_again()
    {
        _desk.Addresses.Groups = [.. Enumerable.Range(1, 28).Select(number => new GroupId(number))];
        var names = new RocketMqBrokers(new RocketMqOptions(), _desk.Addresses);

        Assert.Equal(("broker-a", "broker-z", "broker-27"),
            (names.NameOf(new(1)), names.NameOf(new(26)), names.NameOf(new(27))));
        Assert.All(_desk.Addresses.Groups, group => Assert.Equal(group, names.Find(names.NameOf(group))));
        Assert.Null(names.Find("broker-?"));
    }

    [Fact]
    public void The_cluster_and_the_topics_are_listed()
    {
        _desk.Broker.AddTopic("T", 1);
        _desk.Broker.AddTopic("EXCHANGE", 0);

        Assert.Contains("\"clusterAddrTable\":{\"DefaultCluster\":[\"broker-a\",\"broker-b\"]}",
            Desk.Text(_names.Ask(RocketMqRequestCode.GetBrokerClusterInfo, null)));
        Assert.Equal("{\"topicList\":[\"T\",\"TBW102\"]}",
            Desk.Text(_names.Ask(RocketMqRequestCode.GetAllTopicListFromNameServer, null)));
        Assert.Equal("{\"topicList\":[]}",
            Desk.Text(_names.Ask(RocketMqRequestCode.GetTopicsByCluster, new ClusterRequest("other"))));
    }

    [Theory]
    [InlineData(103)]
    [InlineData(9999)]
    [InlineData(-1)]
    public void A_request_that_nobody_knows_is_answered(int code) => Assert.Equal(
        (int)RocketMqResponseCode.RequestCodeNotSupported, _names.Ask((RocketMqRequestCode)code, null).Code);

    private string[] TemplateBrokers() =>
    [
        .. RocketMqJson.Parse(_names.Ask(RocketMqRequestCode.GetRouteInfoByTopic, new TopicRequest("TBW102")).Body.Span)
            .ItemsOf("queueDatas").Select(queues => queues.TextOf("brokerName")),
    ];
}
