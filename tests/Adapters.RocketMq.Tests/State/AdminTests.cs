using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Bodies;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;
using Cmq.MultiProtocol.Adapters.RocketMq.Tests.Fakes;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Tests.State;

/// <summary>Specification sections 6 and 17: what mqadmin needs.</summary>
public sealed class AdminTests : IDisposable
{
    private readonly Desk _desk = new();

    private FakeBroker Broker => _desk.Broker;

    private Talk Client => _desk.Client;

    public void Dispose() => _desk.Dispose();

    [Fact]
    public void An_administrator_makes_a_topic_here_grows_it_and_deletes_it_everywhere()
    {
        Assert.Equal(0, Create("T", 4).Code);
        Assert.Equal(0, Create("T", 6).Code);
        Assert.Equal(6, Broker.Partitions.Count);
        Assert.Equal(0, Create("T", 2).Code);
        Assert.Equal(6, Broker.Partitions.Count);

        Assert.Equal(0, Client.Ask(RocketMqRequestCode.DeleteTopicInBroker, new TopicRequest("T")).Code);
        Assert.Empty(Broker.Topics);
    }

    [Theory]
    [InlineData("TBW102", 4)]
    [InlineData("DefaultCluster", 4)]
    [InlineData("a b", 4)]
    [InlineData("T", 0)]
    [InlineData("T", 1_025)]
    public void A_topic_that_cannot_be_is_refused(string name, int queues)
    {
        Assert.Equal((int)RocketMqResponseCode.SystemError, Create(name, queues).Code);
        Assert.Empty(Broker.Topics);
    }

    [Fact]
    public void A_topic_takes_and_gives_messages_as_its_perm_says()
    {
        Create("T", 1, perm: TopicConfig.PermRead);
        Assert.Equal((int)RocketMqResponseCode.NoPermission, Client.Send(Desk.Send("T")).Code);

        Create("T", 1, TopicConfig.PermWrite);
        Assert.Equal(0, Client.Send(Desk.Send("T")).Code);
        Assert.Equal((int)RocketMqResponseCode.NoPermission,
            Client.Ask(RocketMqRequestCode.PullMessage, Desk.Pull("T")).Code);
    }

    [Fact]
    public void What_another_protocol_keeps_with_its_topic_is_not_replaced()
    {
        Broker.AddTopic("exchange", 0, 0, new byte[] { 1, 2, 3 });

        Assert.Equal(0, Create("exchange", 1).Code);
        Assert.Equal((int)RocketMqResponseCode.SystemError, Create("exchange", 1, TopicConfig.PermRead).Code);
        Assert.Equal((byte[])[1, 2, 3], Broker.Topics["exchange"].Arguments.ToArray());
    }

    [Fact]
    public void Nobody_else_may()
    {
        Broker.User.TagList.Clear();
        Broker.AddTopic("T", 1);

        Assert.Equal((int)RocketMqResponseCode.NoPermission, Create("T2", 1).Code);
        Assert.Equal((int)RocketMqResponseCode.NoPermission,
            Client.Ask(RocketMqRequestCode.DeleteTopicInBroker, new TopicRequest("T")).Code);
        Assert.Single(Broker.Topics);
    }

    [Fact]
    public void Topic_status_shows_every_queue_of_this_broker_name()
    {
        Broker.AddTopic("T", 2, 1);
        Broker.NowMs = 7_000;
        Client.Send(Desk.Send("T", 1));

        Assert.Equal(
            """{"offsetTable":{{"brokerName":"broker-a","queueId":0,"topic":"T"}:{"lastUpdateTimestamp":0,"maxOffset":0,"minOffset":0},{"brokerName":"broker-a","queueId":1,"topic":"T"}:{"lastUpdateTimestamp":7000,"maxOffset":1,"minOffset":0}}}""",
            Desk.Text(Client.Ask(RocketMqRequestCode.GetTopicStatsInfo, new TopicRequest("T"))));
    }

    [Fact]
    public void Consumer_progress_shows_how_far_a_group_is()
    {
        Broker.AddTopic("T", 1);
        Broker.AddTopic("OTHER", 1);
        Broker.NowMs = 7_000;
        Client.Send(Desk.Send("T"));
        Broker.NowMs = 8_000;
        Client.Send(Desk.Send("T"));
        Client.Ask(RocketMqRequestCode.UpdateConsumerOffset, new UpdateConsumerOffsetRequest("CG", "T", 0, 1));

        Assert.Equal(
            """{"consumeTps":0.0,"offsetTable":{{"brokerName":"broker-a","queueId":0,"topic":"T"}:{"brokerOffset":2,"consumerOffset":1,"lastTimestamp":7000}}}""",
            Desk.Text(Client.Ask(RocketMqRequestCode.GetConsumeStats, new ConsumeStatsRequest("CG", null))));
    }

    [Fact]
    public void Connections_of_groups_are_listed()
    {
        Broker.AddTopic("T", 1);
        RocketMqCommand none = Client.Ask(
            RocketMqRequestCode.GetConsumerConnectionList, new ConsumerGroupRequest("CG"));
        Assert.Equal(((int)RocketMqResponseCode.ConsumerNotOnline, "the consumer group[CG] not online"), (none.Code, none.Remark));

        Client.Ask(RocketMqRequestCode.HeartBeat, null, Desk.Heartbeat("c1", "CG", "T"));

        Assert.StartsWith(
            """{"connectionSet":[{"clientAddr":"127.0.0.1:40000","clientId":"c1","language":"JAVA","version":232}],"consumeFromWhere":"CONSUME_FROM_FIRST_OFFSET","consumeType":"CONSUME_PASSIVELY","messageModel":"CLUSTERING","subscriptionTable":{"T":{""",
            Desk.Text(Client.Ask(RocketMqRequestCode.GetConsumerConnectionList, new ConsumerGroupRequest("CG"))));
        Assert.Equal(
            """{"connectionSet":[{"clientAddr":"127.0.0.1:40000","clientId":"c1","language":"JAVA","version":232}]}""",
            Desk.Text(Client.Ask(
                RocketMqRequestCode.GetProducerConnectionList, new ProducerGroupRequest("CLIENT_INNER_PRODUCER"))));
    }

    [Fact]
    public void Groups_of_a_topic_are_those_that_subscribe_to_it_or_have_offsets_in_it()
    {
        Broker.AddTopic("T", 1);
        Client.Ask(RocketMqRequestCode.UpdateConsumerOffset, new UpdateConsumerOffsetRequest("OLD", "T", 0, 1));
        Client.Ask(RocketMqRequestCode.HeartBeat, null, Desk.Heartbeat("c1", "CG", "T"));

        Assert.Equal("""{"groupList":["CG","OLD"]}""",
            Desk.Text(Client.Ask(RocketMqRequestCode.QueryTopicConsumeByWho, new TopicRequest("T"))));
    }

    [Theory]
    [InlineData(-1, true, 3)]
    [InlineData(-1, false, 1)]
    [InlineData(1_500, true, 1)]
    [InlineData(0, false, 0)]
    public void A_reset_tells_the_members_where_to_go_on(long timeMs, bool isForce, long offset)
    {
        Broker.AddTopic("T", 1);
        foreach (long ms in (long[])[1_000, 1_600, 3_000])
        {
            Broker.NowMs = ms;
            Client.Send(Desk.Send("T"));
        }
        Client.Ask(RocketMqRequestCode.HeartBeat, null, Desk.Heartbeat("c1", "CG", "T"));
        Client.Ask(RocketMqRequestCode.UpdateConsumerOffset, new UpdateConsumerOffsetRequest("CG", "T", 0, 1));
        Client.Told.Clear();

        string table = Desk.Text(Client.Ask(
            RocketMqRequestCode.InvokeBrokerToResetOffset, new ResetOffsetRequest("T", "CG", timeMs, isForce)));

        Assert.Equal($$$"""{"offsetTable":{{"brokerName":"broker-a","queueId":0,"topic":"T"}:{{{offset}}}}}""", table);
        (RocketMqRequestCode code, _, ReadOnlyMemory<byte> body) = Assert.Single(Client.Told);
        Assert.Equal(RocketMqRequestCode.ResetConsumerClientOffset, code);
        Assert.Equal(table, System.Text.Encoding.UTF8.GetString(body.Span));
    }

    [Fact]
    public void A_group_that_is_not_online_cannot_be_reset()
    {
        Broker.AddTopic("T", 1);

        Assert.Equal((int)RocketMqResponseCode.ConsumerNotOnline, Client.Ask(
            RocketMqRequestCode.InvokeBrokerToResetOffset, new ResetOffsetRequest("T", "CG", 0, true)).Code);
    }

    [Fact]
    public void What_an_administrator_wants_of_a_consumer_is_passed_on_and_back()
    {
        Broker.AddTopic("T", 1);
        Client.Send(Desk.Send("T"), "again");
        Client.Ask(RocketMqRequestCode.HeartBeat, null, Desk.Heartbeat("c1", "CG", "T"));
        Client.Told.Clear();
        string id =
            new RocketMqMessageId(Client.StoreHost, Broker.Partition("T", 0).Messages[0].Position).ToString();
        var request = new ClientRequest("CG", "c1", null, id, null);

        Assert.Equal((int)RocketMqResponseCode.ConsumeMsgTimeout,
            Client.Ask(RocketMqRequestCode.ConsumeMessageDirectly, request).Code);
        Client.ClientAnswer = new RocketMqCommand(0, 1, RocketMqCommand.ResponseFlag) { Body = "{}"u8.ToArray() };
        RocketMqCommand answer = Client.Ask(RocketMqRequestCode.ConsumeMessageDirectly, request);

        Assert.Equal((0, "{}"), (answer.Code, Desk.Text(answer)));
        ReadOnlyMemory<byte> body = Client.Told[^1].Body;
        Assert.Equal("again", Desk.Text(RocketMqMessageReader.Read(ref body)!));
        Assert.Equal((int)RocketMqResponseCode.ConsumerNotOnline, Client.Ask(
            RocketMqRequestCode.GetConsumerRunningInfo, request with { ClientId = "c2" }).Code);
    }

    [Fact]
    public void A_message_is_found_by_its_id_and_by_its_keys_on_the_broker_name_that_has_it()
    {
        Broker.AddTopic("T", 1, 1);
        Client.Send(Desk.Send("T", 0, "KEYS\u0001k1 k2\u0002UNIQ_KEY\u0001U1\u0002"), "first");
        Client.Send(Desk.Send("T", 0, "KEYS\u0001k3\u0002"), "second");
        Talk other = _desk.Talk(2);
        other.Send(Desk.Send("T", 0, "KEYS\u0001k1\u0002"), "elsewhere");
        long position = Broker.Partition("T", 0).Messages[0].Position;

        Assert.Equal("first", Desk.Text(Assert.Single(Desk.Records(
            Client.Ask(RocketMqRequestCode.ViewMessageById, new ViewMessageRequest(position))))));
        Assert.Equal(["first"], Found(Client, "k1"));
        Assert.Equal(["first"], Found(Client, "U1"));
        Assert.Equal(["elsewhere"], Found(other, "k1"));
        RocketMqCommand none = Query(Client, "k9");
        Assert.Equal(
            ((int)RocketMqResponseCode.QueryNotFound, "can not find message, maybe time range not correct", new QueryMessageResponse(0, 0)),
            (none.Code, none.Remark, QueryMessageResponse.Read(none.Fields!)));
        Assert.Equal((int)RocketMqResponseCode.SystemError,
            Client.Ask(RocketMqRequestCode.ViewMessageById, new ViewMessageRequest(1)).Code);
    }

    [Fact]
    public void Messages_of_a_topic_that_one_may_not_read_are_not_shown()
    {
        Broker.AddTopic("T", 1);
        Client.Send(Desk.Send("T", 0, "KEYS\u0001k1\u0002"));
        Broker.User.Denied.Add((Access.Read, "T"));
        long position = Broker.Partition("T", 0).Messages[0].Position;

        Assert.Equal((int)RocketMqResponseCode.NoPermission, Query(Client, "k1").Code);
        Assert.Equal((int)RocketMqResponseCode.NoPermission,
            Client.Ask(RocketMqRequestCode.ViewMessageById, new ViewMessageRequest(position)).Code);
    }

    [Fact]
    public void Broker_status_has_what_the_tools_parse()
    {
        RocketMqJson table = RocketMqJson.Parse(
            Client.Ask(RocketMqRequestCode.GetBrokerRuntimeInfo, null).Body.Span)["table"]!;

        Assert.Equal("V4_1_0_SNAPSHOT", table.TextOf("brokerVersionDesc"));
        Assert.Equal(3, table.TextOf("putTps").Split(' ').Length);
    }

    private static RocketMqCommand Query(Talk talk, string key) => talk.Ask(
        RocketMqRequestCode.QueryMessage, new QueryMessageRequest("T", key, 64, 0, long.MaxValue, false));

    private static IEnumerable<string> Found(Talk talk, string key) =>
        Desk.Records(Query(talk, key)).Select(Desk.Text);

    private RocketMqCommand Create(string name, int queues, int perm = TopicConfig.PermReadWrite) => Client.Ask(
        RocketMqRequestCode.UpdateAndCreateTopic,
        new CreateTopicRequest(name, "TBW102", queues, queues, perm, "SINGLE_TAG", 0, false));
}
