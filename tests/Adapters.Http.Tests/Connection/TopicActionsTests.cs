using System.Text.Json;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Http.Tests.Connection;

/// <summary>Topics and subscriptions (spec sections 4.3, 4.4 and 6.7).</summary>
public sealed class TopicActionsTests : IAsyncLifetime
{
    private ServedBroker _served = null!;

    public async Task InitializeAsync()
    {
        _served = await ServedBroker.StartAsync(new HttpOptions { MaxSubscriptions = 2 });
        _served.Broker.Add("q");
    }

    public async Task DisposeAsync() => await _served.DisposeAsync();

    [Fact]
    public async Task A_topic_is_made_shown_changed_listed_and_deleted()
    {
        JsonElement created = await OkAsync("CreateTopic", ("topicName", "news"), ("filterType", "0"));
        Assert.Equal("topic-500", created.GetProperty("topicId").GetString());
        await OkAsync("CreateTopic", ("topicName", "other"), ("maxMsgSize", "1024"), ("filterType", "2"));

        JsonElement shown = await OkAsync("GetTopicAttributes", ("topicName", "news"));
        Assert.Equal(
            (0, 65_536, 86_400, 1_795_227_045, 1_795_227_045, 1),
            (Number(shown, "msgCount"), Number(shown, "maxMsgSize"), Number(shown, "msgRetentionSeconds"),
                Number(shown, "createTime"), Number(shown, "lastModifyTime"), Number(shown, "filterType")));
        _served.Broker.Time.Advance(TimeSpan.FromSeconds(5));
        await OkAsync("SetTopicAttributes", ("topicName", "news"), ("maxMsgSize", "2048"));
        shown = await OkAsync("GetTopicAttributes", ("topicName", "news"));
        Assert.Equal(
            (2_048, 1_795_227_045, 1_795_227_050, 1),
            (Number(shown, "maxMsgSize"), Number(shown, "createTime"), Number(shown, "lastModifyTime"),
                Number(shown, "filterType")));
        Assert.Equal(2, Number(await OkAsync("GetTopicAttributes", ("topicName", "other")), "filterType"));

        JsonElement list = await OkAsync("ListTopic", ("searchWord", "E"), ("limit", "1"));
        Assert.Equal(2, Number(list, "totalCount"));
        Assert.Equal("news", list.GetProperty("topicList")[0].GetProperty("topicName").GetString());
        await OkAsync("DeleteTopic", ("topicName", "news"));
        await FailsAsync(4440, 10600, "GetTopicAttributes", ("topicName", "news"));
    }

    [Theory]
    [InlineData(4460, 10550, "CreateTopic", "topicName=t")]
    [InlineData(4000, 10590, "CreateTopic", "topicName=1t")]
    [InlineData(4000, 10350, "CreateTopic", "topicName=n&maxMsgSize=1023")]
    [InlineData(4440, 10600, "DeleteTopic", "topicName=none")]
    [InlineData(4440, 10600, "PublishMessage", "topicName=none&msgBody=x")]
    [InlineData(4000, 10120, "PublishMessage", "topicName=t&msgBody=")]
    [InlineData(6030, 10650, "PublishMessage", "topicName=t&msgBody=x")]
    [InlineData(4400, 10230, "PublishMessage", "topicName=small&msgBody=2000")]
    [InlineData(4000, 10700, "PublishMessage", "topicName=keys&msgBody=x")]
    [InlineData(4000, 10691, "PublishMessage", "topicName=keys&msgBody=x&routingKey=................")]
    [InlineData(4000, 10350, "PublishMessage", "topicName=keys&msgBody=x&routingKey=a.*")]
    [InlineData(4000, 10350, "PublishMessage", "topicName=t&msgBody=x&msgTag.1=12345678901234567")]
    [InlineData(4000, 10720, "PublishMessage", "topicName=t&msgBody=x&msgTag.1=a&msgTag.2=b&msgTag.3=c&msgTag.4=d&msgTag.5=e&msgTag.6=f")]
    [InlineData(4000, 10580, "Subscribe", "topicName=t&subscriptionName=1&protocol=queue&endpoint=q")]
    [InlineData(4000, 10510, "Subscribe", "topicName=t&subscriptionName=s&protocol=http&endpoint=http://h/")]
    [InlineData(4000, 10510, "Subscribe", "topicName=t&subscriptionName=s&protocol=smtp&endpoint=q")]
    [InlineData(4000, 10520, "Subscribe", "topicName=t&subscriptionName=s&protocol=queue&endpoint=q&notifyStrategy=X")]
    [InlineData(4000, 10530, "Subscribe", "topicName=t&subscriptionName=s&protocol=queue&endpoint=q&notifyContentFormat=XML")]
    [InlineData(4000, 10630, "Subscribe", "topicName=t&subscriptionName=s&protocol=queue&endpoint=")]
    [InlineData(4000, 10350, "Subscribe", "topicName=t&subscriptionName=s&protocol=queue&endpoint=q&filterTag.0=a.*")]
    [InlineData(4000, 10670, "Subscribe", "topicName=t&subscriptionName=s&protocol=queue&endpoint=q&filterTag.0=a&filterTag.1=b&filterTag.2=c&filterTag.3=d&filterTag.4=e&filterTag.5=f")]
    [InlineData(4000, 10710, "Subscribe", "topicName=keys&subscriptionName=s&protocol=queue&endpoint=q")]
    [InlineData(4440, 10100, "Subscribe", "topicName=t&subscriptionName=s&protocol=queue&endpoint=none")]
    [InlineData(4440, 10600, "Subscribe", "topicName=none&subscriptionName=s&protocol=queue&endpoint=q")]
    [InlineData(4440, 10600, "Unsubscribe", "topicName=t&subscriptionName=none")]
    [InlineData(4440, 10600, "GetSubscriptionAttributes", "topicName=t&subscriptionName=none")]
    public async Task What_is_wrong_is_answered_with_the_services_code(int code, int module, string action, string given)
    {
        await OkAsync("CreateTopic", ("topicName", "t"));
        await OkAsync("CreateTopic", ("topicName", "keys"), ("filterType", "2"));
        await OkAsync("CreateTopic", ("topicName", "small"), ("maxMsgSize", "1024"));
        (string, string)[] parameters =
        [
            .. given.Split('&').Select(pair => pair.Split('=', 2)).Select(pair =>
                (pair[0], pair[1] == "2000" ? new string('x', 2_000) : pair[1])),
        ];

        await FailsAsync(code, module, action, parameters);
    }

    [Fact]
    public async Task Tags_choose_and_a_subscription_without_tags_gets_everything()
    {
        await OkAsync("CreateTopic", ("topicName", "t"));
        await SubscribeAsync("t", "tagged", ("filterTag.0", "red"), ("filterTag.1", "blue"));

        await FailsAsync(6030, 10730, "PublishMessage", ("topicName", "t"), ("msgBody", "none"));
        await FailsAsync(
            6030, 10730, "PublishMessage", ("topicName", "t"), ("msgBody", "green"), ("msgTag.1", "green"));
        JsonElement sent = await OkAsync(
            "PublishMessage", ("topicName", "t"), ("msgBody", "two"), ("msgTag.1", "green"), ("msgTag.2", "blue"));
        JsonElement got = await OkAsync("ReceiveMessage", ("queueName", "q"));
        Assert.Equal("two", got.GetProperty("msgBody").GetString());
        Assert.Equal(sent.GetProperty("msgId").GetString(), got.GetProperty("msgId").GetString());

        await OkAsync("ClearSubscriptionFilterTags", ("topicName", "t"), ("subscriptionName", "tagged"));
        JsonElement batch = await OkAsync(
            "BatchPublishMessage", ("topicName", "t"), ("msgBody.0", "a"), ("msgBody.1", "b"));
        Assert.Equal(2, batch.GetProperty("msgList").GetArrayLength());
        Assert.Equal("#", Assert.Single(_served.Broker.Bindings).Key);
    }

    [Fact]
    public async Task A_subscription_is_shown_changed_listed_and_ended()
    {
        await OkAsync("CreateTopic", ("topicName", "t"), ("filterType", "2"));
        JsonElement made = await SubscribeAsync(
            "t", "sub", ("bindingKey.1", "a.*"), ("bindingKey.2", "b"), ("notifyContentFormat", "JSON"));
        Assert.Equal("subsc-500-sub", made.GetProperty("subscriptionId").GetString());
        await FailsAsync(4490, 10470, "Subscribe", Subscription("t", "sub", ("bindingKey.1", "x")));

        JsonElement shown = await ShowAsync();
        Assert.Equal(
            ("alice", "queue", "queue", "q", "EXPONENTIAL_DECAY_RETRY", "SIMPLIFIED"),
            (Text(shown, "topicOwner"), Text(shown, "protocol"), Text(shown, "protocal"), Text(shown, "endpoint"),
                Text(shown, "notifyStrategy"), Text(shown, "notifyContentFormat")));
        Assert.Equal((0, 1_795_227_045), (Number(shown, "msgCount"), Number(shown, "createTime")));
        Assert.Equal(["a.*", "b"], Texts(shown, "bindingKey"));
        Assert.Empty(Texts(shown, "filterTag"));
        Assert.Empty(Texts(shown, "filterTags"));

        await OkAsync(
            "SetSubscriptionAttributes", ("topicName", "t"), ("subscriptionName", "sub"),
            ("notifyStrategy", "BACKOFF_RETRY"), ("bindingKey.0", "c"));
        shown = await ShowAsync();
        Assert.Equal("BACKOFF_RETRY", Text(shown, "notifyStrategy"));
        Assert.Equal(["c"], Texts(shown, "bindingKey"));
        Assert.Equal("c", Assert.Single(_served.Broker.Bindings).Key);

        await SubscribeAsync("t", "second", ("bindingKey.0", "d"));
        await FailsAsync(4500, 10480, "Subscribe", Subscription("t", "third", ("bindingKey.0", "e")));
        JsonElement list = await OkAsync("ListSubscriptionByTopic", ("topicName", "t"), ("searchWord", "Sec"));
        Assert.Equal(1, Number(list, "totalCount"));
        JsonElement item = list.GetProperty("subscriptionList")[0];
        Assert.Equal(
            ("second", "queue", "q"), (Text(item, "subscriptionName"), Text(item, "protocol"), Text(item, "endpoint")));

        await FailsAsync(4000, 10540, "DeleteTopic", ("topicName", "t"));
        await OkAsync("Unsubscribe", ("topicName", "t"), ("subscriptionName", "sub"));
        await OkAsync("Unsubscribe", ("topicName", "t"), ("subscriptionName", "second"));
        list = await OkAsync("ListSubscriptionByTopic", ("topicName", "t"));
        Assert.Equal((0, 0), (Number(list, "totalCount"), list.GetProperty("subscriptionList").GetArrayLength()));
        await OkAsync("DeleteTopic", ("topicName", "t"));

        Task<JsonElement> ShowAsync() => OkAsync(
            "GetSubscriptionAttributes", ("topicName", "t"), ("subscriptionName", "sub"));
    }

    [Fact]
    public async Task What_a_change_that_was_cut_off_left_behind_does_not_count_and_goes_with_the_next()
    {
        await OkAsync("CreateTopic", ("topicName", "t"));
        await SubscribeAsync("t", "sub", ("filterTag.0", "old"));
        BindingInfo left = Assert.Single(_served.Broker.Bindings);
        await OkAsync(
            "SetSubscriptionAttributes", ("topicName", "t"), ("subscriptionName", "sub"), ("filterTag.0", "new"));
        _served.Broker.Bindings.Insert(0, left);

        JsonElement shown = await OkAsync(
            "GetSubscriptionAttributes", ("topicName", "t"), ("subscriptionName", "sub"));
        Assert.Equal(["new"], Texts(shown, "filterTag"));
        Assert.Equal(1, Number(await OkAsync("ListSubscriptionByTopic", ("topicName", "t")), "totalCount"));
        await OkAsync("Unsubscribe", ("topicName", "t"), ("subscriptionName", "sub"));

        Assert.Empty(_served.Broker.Bindings);
    }

    [Fact]
    public async Task A_topic_and_a_binding_of_another_protocol_are_a_topic_with_keys_and_no_subscription()
    {
        _served.Broker.Topics.Add(new TopicInfo(
            new TopicId(77), Fakes.FakeBroker.Namespace, "exchange", TopicKind.Pattern, true, false, false, false, default));
        _served.Broker.Topics.Add(new TopicInfo(
            new TopicId(78), Fakes.FakeBroker.Namespace, "fanout", TopicKind.Fanout, true, false, false, false, default));
        _served.Broker.Bindings.Add(new BindingInfo(
            new TopicId(77), _served.Broker.Queues[0].Info.Id, null, "k", null, new byte[] { 1, (byte)'x', (byte)'t', 1 }));

        Assert.Equal(2, Number(await OkAsync("GetTopicAttributes", ("topicName", "exchange")), "filterType"));
        Assert.Equal(
            0, Number(await OkAsync("ListSubscriptionByTopic", ("topicName", "exchange")), "totalCount"));
        await OkAsync("PublishMessage", ("topicName", "exchange"), ("msgBody", "x"), ("routingKey", "k"));
        await FailsAsync(4440, 10600, "GetTopicAttributes", ("topicName", "fanout"));
    }

    [Fact]
    public async Task Permissions_are_those_of_the_topic_and_of_the_queue()
    {
        await OkAsync("CreateTopic", ("topicName", "t"));
        await SubscribeAsync("t", "sub");
        _served.Broker.User.Denied.Add((Access.Write, "q"));
        await FailsAsync(4000, 10461, "Subscribe", Subscription("t", "more"));
        await FailsAsync(4000, 10461, "Unsubscribe", ("topicName", "t"), ("subscriptionName", "sub"));
        _served.Broker.User.Denied.Add((Access.Write, "t"));
        await FailsAsync(4000, 10461, "PublishMessage", ("topicName", "t"), ("msgBody", "x"));
        _served.Broker.User.Denied.Add((Access.Configure, "t"));
        await FailsAsync(4000, 10461, "SetTopicAttributes", ("topicName", "t"));
    }

    private static (string, string)[] Subscription(string topic, string name, params (string, string)[] more) =>
    [
        ("topicName", topic), ("subscriptionName", name), ("protocol", "queue"), ("endpoint", "q"), .. more,
    ];

    private Task<JsonElement> SubscribeAsync(string topic, string name, params (string, string)[] more) =>
        OkAsync("Subscribe", Subscription(topic, name, more));

    private async Task<JsonElement> OkAsync(string action, params (string, string)[] parameters)
    {
        JsonElement answer = await _served.CallAsync(action, parameters);
        Assert.True(Number(answer, "code") == 0, $"{action}: {answer}");
        return answer;
    }

    private async Task FailsAsync(int code, int module, string action, params (string, string)[] parameters)
    {
        JsonElement answer = await _served.CallAsync(action, parameters);
        Assert.Equal(code, Number(answer, "code"));
        Assert.StartsWith($"({module})", Text(answer, "message"), StringComparison.Ordinal);
    }

    private static long Number(JsonElement json, string name) => json.GetProperty(name).GetInt64();

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    private static string[] Texts(JsonElement json, string name) =>
        [.. json.GetProperty(name).EnumerateArray().Select(element => element.GetString()!)];
}
