using System.Text;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;

namespace Cmq.MultiProtocol.Interop.RocketMq.Raw;

/// <summary>Messages that a consumer sends back, over sockets (specification section 14).</summary>
public sealed class SendBackTests : IAsyncLifetime
{
    private const string Topic = "orders";
    private const string Group = "CG";
    private const string Retry = "%RETRY%" + Group;
    private const string Dead = "%DLQ%" + Group;
    private const int OneSecond = 1;
    private const int TenSeconds = 3;

    private BrokerProcess? _broker;
    private RemotingClient? _client;

    private RemotingClient Client => _client!;

    public async Task InitializeAsync()
    {
        _broker = await BrokerProcess.StartAsync(new BrokerSettings { Arguments = ["--Cluster:DataGroups=1"] });
        _client = await RemotingClient.ConnectAsync($"127.0.0.1:{_broker.RocketMqPort}");
        await RemotingCluster.CreateTopicAsync(Client, Topic, 1);
        await Client.MustAsync(RocketMqRequestCode.HeartBeat, null, Encoding.UTF8.GetBytes(
            $$"""
            {"clientID":"c1","consumerDataSet":[{"consumeFromWhere":"CONSUME_FROM_FIRST_OFFSET",
            "consumeType":"CONSUME_PASSIVELY","groupName":"{{Group}}","messageModel":"CLUSTERING",
            "subscriptionDataSet":[],"unitMode":false}],"producerDataSet":[]}
            """));
    }

    public async Task DisposeAsync()
    {
        _client?.Dispose();
        if (_broker is not null)
            await _broker.DisposeAsync();
    }

    [Fact]
    public async Task A_message_that_is_sent_back_too_often_is_a_dead_letter()
    {
        const int maxTimes = 2;
        await RemotingCluster.SendAsync(Client, Topic, 0, "again and again", "TAGS\u0001a\u0002KEYS\u0001k\u0002");
        RocketMqMessage message = await NextAsync(Topic, 0);
        for (int times = 0; times < maxTimes; times++)
        {
            Assert.Equal(times, message.ReconsumeTimes);
            await SendBackAsync(message, OneSecond, maxTimes);
            message = await NextAsync(Retry, times);
            AssertIsOriginal(message, times + 1);
        }

        await SendBackAsync(message, OneSecond, maxTimes);

        RocketMqMessage dead = await NextAsync(Dead, 0);
        AssertIsOriginal(dead, maxTimes + 1);
        Assert.Equal(maxTimes, await MaxOffsetAsync(Retry));
    }

    [Fact]
    public async Task A_level_below_zero_is_a_dead_letter_at_once()
    {
        await RemotingCluster.SendAsync(Client, Topic, 0, "again and again", "TAGS\u0001a\u0002KEYS\u0001k\u0002");

        await SendBackAsync(await NextAsync(Topic, 0), delayLevel: -1, maxTimes: 16);

        AssertIsOriginal(await NextAsync(Dead, 0), times: 1);
        Assert.Equal(0, await MaxOffsetAsync(Retry));
    }

    /// <summary>The shorter delay comes first, though it was sent back last.</summary>
    [Fact]
    public async Task Delay_levels_count()
    {
        await RemotingCluster.SendAsync(Client, Topic, 0, "ten seconds");
        await RemotingCluster.SendAsync(Client, Topic, 0, "one second");
        RocketMqMessage slow = await NextAsync(Topic, 0), fast = await NextAsync(Topic, 1);
        await SendBackAsync(slow, TenSeconds, maxTimes: 16);
        await SendBackAsync(fast, OneSecond, maxTimes: 16);

        RocketMqMessage[] returned = [await NextAsync(Retry, 0), await NextAsync(Retry, 1)];

        Assert.Equal(["one second", "ten seconds"], returned.Select(Text));
        Assert.Equal(["1", "3"], returned.Select(message => Property(message, "DELAY")));
        Assert.InRange(returned[0].StoreTimestampMs - fast.StoreTimestampMs, 1_000, long.MaxValue);
        Assert.InRange(returned[1].StoreTimestampMs - slow.StoreTimestampMs, 10_000, long.MaxValue);
    }

    private static void AssertIsOriginal(RocketMqMessage message, int times)
    {
        Assert.Equal(("again and again", times), (Text(message), message.ReconsumeTimes));
        Assert.Equal((Topic, "a", "k"),
            (Property(message, "RETRY_TOPIC"), Property(message, "TAGS"), Property(message, "KEYS")));
    }

    private static string Text(RocketMqMessage message) =>
        Encoding.UTF8.GetString(System.Buffers.BuffersExtensions.ToArray(message.Body));

    private static string? Property(RocketMqMessage message, string name) =>
        RocketMqProperties.Find(message.Properties.Span, Encoding.UTF8.GetBytes(name));

    private async Task SendBackAsync(RocketMqMessage message, int delayLevel, int maxTimes) => await Client.MustAsync(
        RocketMqRequestCode.ConsumerSendMsgBack,
        RocketMqFields.Of(new SendBackRequest(message.Position, Group, delayLevel, null, Topic, false, maxTimes)));

    /// <summary>The message at an offset of the topic's only queue, once it is there.</summary>
    private async Task<RocketMqMessage> NextAsync(string topic, long offset)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var pull = new PullMessageRequest(Group, topic, 0, offset, 1, 6, 0, 1_000, "*", 0, null);
            RocketMqCommand answer = await Client.AskAsync(RocketMqRequestCode.PullMessage, RocketMqFields.Of(pull));
            // A dead-letter topic is made by the first dead letter.
            if (answer.Code != (int)RocketMqResponseCode.TopicNotExist && RemotingCluster.Records(answer) is [var message, ..])
                return message;
            await Task.Delay(50, patience.Token);
        }
    }

    private async Task<long> MaxOffsetAsync(string topic)
    {
        RocketMqCommand answer =
            await Client.MustAsync(RocketMqRequestCode.GetMaxOffset, RocketMqFields.Of(new QueueRequest(topic, 0)));
        return OffsetResponse.Read(answer.Fields!).Offset;
    }
}
