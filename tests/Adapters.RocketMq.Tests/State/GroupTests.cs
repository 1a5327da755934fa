using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;
using Cmq.MultiProtocol.Adapters.RocketMq.Tests.Fakes;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Tests.State;

/// <summary>Specification sections 13 and 15.</summary>
public sealed class GroupTests : IDisposable
{
    private readonly Desk _desk = new();

    public GroupTests() => Broker.AddTopic("T", 4, 4);

    private FakeBroker Broker => _desk.Broker;

    private Talk Client => _desk.Client;

    public void Dispose() => _desk.Dispose();

    [Fact]
    public void The_heartbeat_that_was_answered_made_a_member_and_the_retry_topic()
    {
        Assert.Equal(0, Beat(Client, "c1").Code);

        Assert.Equal("{\"consumerIdList\":[\"c1\"]}", Members(Client));
        Assert.Single(Broker.Partitions, partition => partition.Info.Topic == Broker.Topics["%RETRY%CG"].Id);
    }

    [Fact]
    public void A_client_with_connections_to_two_broker_names_is_one_consumer()
    {
        Talk other = _desk.Talk(2);
        Beat(Client, "c2");
        Beat(other, "c2");
        Beat(_desk.Talk(1), "c1");

        Assert.Equal("{\"consumerIdList\":[\"c1\",\"c2\"]}", Members(Client));
        Assert.Equal("{\"consumerIdList\":[\"c1\",\"c2\"]}", Members(other));
    }

    [Fact]
    public void Every_member_is_told_when_one_comes_goes_or_wants_something_else()
    {
        Talk other = _desk.Talk(1);
        Beat(Client, "c1");
        Client.Told.Clear();

        Beat(other, "c2");
        Client.Run();
        Assert.Equal([RocketMqRequestCode.NotifyConsumerIdsChanged], Client.Told.Select(told => told.Code));
        Assert.Equal("CG", ConsumerGroupRequest.Read(Client.Told[0].Fields).ConsumerGroup);

        Beat(other, "c2");
        Client.Run();
        Assert.Single(Client.Told);

        Beat(other, "c2", "TagA", version: 2);
        Client.Run();
        Assert.Equal(2, Client.Told.Count);

        other.Ask(RocketMqRequestCode.UnregisterClient, new UnregisterClientRequest("c2", null, "CG"));
        Client.Run();
        Assert.Equal(3, Client.Told.Count);
        Assert.Equal("{\"consumerIdList\":[\"c1\"]}", Members(Client));
    }

    [Fact]
    public void A_group_without_members_has_no_list() => Assert.Equal(
        (int)RocketMqResponseCode.SystemError,
        Client.Ask(RocketMqRequestCode.GetConsumerListByGroup, new ConsumerGroupRequest("NOBODY")).Code);

    [Fact]
    public void An_older_subscription_never_replaces_a_newer_one()
    {
        Beat(Client, "c1", "TagA", version: 9);
        Beat(_desk.Talk(1), "c2", "TagB", version: 8);

        Assert.Equal("TagA", _desk.Door.Clients.FindSubscription(FakeBroker.Root, "CG", "T", out _)!.Expression);
    }

    [Fact]
    public async Task A_connection_that_ends_takes_its_members_along()
    {
        Beat(Client, "c1");

        Task stopped = Client.Conversation.StopAsync();
        while (!stopped.IsCompleted)
            Client.Run();
        await stopped;

        Assert.Empty(Broker.Members["CG"]);
        Assert.Null(_desk.Door.Clients.FindConsumers(FakeBroker.Root, "CG"));
    }

    [Fact]
    public void Only_queues_that_the_client_got_are_in_the_answer_to_a_lock()
    {
        Beat(Client, "c1");
        Assert.Equal(Locked(0, 1), Lock("c1", 0, 1));
        Assert.Equal(Locked(2), Lock("c2", 1, 2));

        Client.Ask(RocketMqRequestCode.UnlockBatchMq, null, Batch("c1", 1));
        Assert.Equal(Locked(1), Lock("c2", 1));
        Assert.Equal(Locked(0), Lock("c1", 0, 1, 7));
    }

    [Fact]
    public void A_filter_in_SQL_is_refused_before_the_consumer_starts()
    {
        RocketMqCommand Check(string type) => Client.Ask(RocketMqRequestCode.CheckClientConfig, null,
            $$$"""{"clientId":"c","group":"CG","subscriptionData":{"expressionType":"{{{type}}}","subString":"a > 1","subVersion":1,"tagsSet":[],"topic":"T"}}""");

        Assert.Equal((int)RocketMqResponseCode.SystemError, Check("SQL92").Code);
        Assert.Equal(0, Check("TAG").Code);
    }

    [Fact]
    public void A_heartbeat_that_cannot_be_read_costs_only_itself()
    {
        Assert.Equal((int)RocketMqResponseCode.SystemError, Client.Ask(RocketMqRequestCode.HeartBeat, null, "{").Code);
        Assert.Equal(0, Beat(Client, "c1").Code);
    }

    [Theory]
    [InlineData(257, 0, 0)]
    [InlineData(2, 513, 0)]
    [InlineData(0, 0, 257)]
    public void A_heartbeat_names_only_so_many_groups_and_subscriptions(int consumers, int subscriptions, int producers)
    {
        Assert.NotEqual(0, Client.Ask(
            RocketMqRequestCode.HeartBeat, null, Crowd(consumers, subscriptions, producers)).Code);

        Assert.Empty(Broker.Members);
    }

    [Fact]
    public void A_heartbeat_may_be_as_large_as_the_limits()
    {
        Assert.Equal(0, Client.Ask(RocketMqRequestCode.HeartBeat, null, Crowd(256, 4, 256)).Code);

        Assert.Equal(256, Broker.Members.Count);
    }

    [Fact]
    public void A_body_too_large_for_its_kind_is_refused_unread()
    {
        string padded = Desk.Heartbeat("c1", "CG", "T") + new string(' ', 1024 * 1024);

        Assert.NotEqual(0, Client.Ask(RocketMqRequestCode.HeartBeat, null, padded).Code);
        Assert.Empty(Broker.Members);
    }

    [Fact]
    public void A_topic_that_is_no_longer_named_is_dropped_and_the_others_stay()
    {
        Client.Ask(RocketMqRequestCode.HeartBeat, null, Crowd(1, 3, 0));
        Client.Ask(RocketMqRequestCode.HeartBeat, null, Crowd(1, 2, 0));

        Assert.Equal(["T0", "T1"], Subscribed("G0"));
    }

    [Theory]
    [InlineData("T")]
    [InlineData("%RETRY%CG")]
    public void Who_may_not_read_a_groups_topics_has_no_part_in_it(string topic)
    {
        Beat(Client, "c1");
        Client.Send(Desk.Send("T"));
        long position = Broker.Partition("T", 0).Messages[0].Position;
        Broker.User.Denied.Add((Access.Read, topic));
        RocketMqCommand[] answers =
        [
            Beat(Client, "c2"),
            Client.Ask(RocketMqRequestCode.LockBatchMq, null, Batch("c2", 0)),
            Client.Ask(RocketMqRequestCode.UnlockBatchMq, null, Batch("c1", 0)),
            Client.Ask(RocketMqRequestCode.ConsumerSendMsgBack,
                new SendBackRequest(position, "CG", 1, null, null, false, null)),
            Client.Ask(RocketMqRequestCode.QueryConsumerOffset, new QueryConsumerOffsetRequest("CG", "T", 0)),
            Client.Ask(RocketMqRequestCode.UpdateConsumerOffset, new UpdateConsumerOffsetRequest("CG", "T", 0, 1)),
        ];

        Assert.All(answers, answer => Assert.Equal((int)RocketMqResponseCode.NoPermission, answer.Code));
        Assert.Empty(Broker.Locks);
        Assert.Empty(Broker.Parked);
        Assert.Single(Broker.Members["CG"]);
    }

    [Fact]
    public void Who_may_not_read_a_groups_retry_topic_neither_lists_it_nor_commits_by_pulling()
    {
        Beat(Client, "c1");
        Broker.User.Denied.Add((Access.Read, "%RETRY%CG"));

        Assert.Equal((int)RocketMqResponseCode.NoPermission, Client.Ask(
            RocketMqRequestCode.GetConsumerListByGroup, new ConsumerGroupRequest("CG")).Code);
        Assert.Equal((int)RocketMqResponseCode.NoPermission, Client.Ask(
            RocketMqRequestCode.PullMessage, Desk.Pull("T", sysFlag: 5) with { CommitOffset = 1 }).Code);
        Assert.Equal(0, Broker.Commits);
    }

    /// <param name="consumers">Consumer groups.</param>
    /// <param name="subscriptions">Topics of each.</param>
    /// <param name="producers">Producer groups.</param>
    private static string Crowd(int consumers, int subscriptions, int producers)
    {
        string topics = string.Join(',', Enumerable.Range(0, subscriptions).Select(
            i => $$"""{"subString":"*","subVersion":1,"tagsSet":[],"topic":"T{{i}}"}"""));
        string groups = string.Join(',', Enumerable.Range(0, consumers).Select(
            i => $$"""{"groupName":"G{{i}}","subscriptionDataSet":[{{topics}}]}"""));
        string senders = string.Join(',', Enumerable.Range(0, producers).Select(i => $$"""{"groupName":"P{{i}}"}"""));
        return $$"""{"clientID":"c","consumerDataSet":[{{groups}}],"producerDataSet":[{{senders}}]}""";
    }

    private IEnumerable<string> Subscribed(string group) =>
        _desk.Door.Clients.FindConsumers(FakeBroker.Root, group)!.Subscriptions.Select(subscription => subscription.Topic).Order();

    private static RocketMqCommand Beat(Talk talk, string clientId, string expression = "*", long version = 1) =>
        talk.Ask(RocketMqRequestCode.HeartBeat, null, Desk.Heartbeat(clientId, "CG", "T", expression, version));

    private static string Members(Talk talk) =>
        Desk.Text(talk.Ask(RocketMqRequestCode.GetConsumerListByGroup, new ConsumerGroupRequest("CG")));

    private static string Queues(params int[] ids) => string.Join(',', ids.Select(
        id => $$"""{"brokerName":"broker-a","queueId":{{id}},"topic":"T"}"""));

    private static string Locked(params int[] ids) => $"{{\"lockOKMQSet\":[{Queues(ids)}]}}";

    private static string Batch(string clientId, params int[] ids) =>
        $"{{\"clientId\":\"{clientId}\",\"consumerGroup\":\"CG\",\"mqSet\":[{Queues(ids)}]}}";

    private string Lock(string clientId, params int[] ids) =>
        Desk.Text(Client.Ask(RocketMqRequestCode.LockBatchMq, null, Batch(clientId, ids)));
}
