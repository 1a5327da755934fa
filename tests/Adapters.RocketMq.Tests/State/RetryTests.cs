using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;
using Cmq.MultiProtocol.Adapters.RocketMq.State;
using Cmq.MultiProtocol.Adapters.RocketMq.Tests.Fakes;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Tests.State;

/// <summary>Specification section 14.</summary>
public sealed class RetryTests : IDisposable
{
    private readonly Desk _desk = new();

    public RetryTests() => Broker.AddTopic("T", 1);

    private FakeBroker Broker => _desk.Broker;

    private Talk Client => _desk.Client;

    public void Dispose() => _desk.Dispose();

    [Fact]
    public void A_message_that_was_sent_back_waits_for_its_level_and_knows_where_it_came_from()
    {
        PartitionMessage sent = Sent("TAGS\u0001a\u0002");

        Assert.Equal(0, SendBack(sent.Position, level: 1).Code);

        (Publication publication, _) = Assert.Single(Broker.Parked).Value;
        Assert.Equal(("%RETRY%CG", 1_000L), (publication.Topic.Name, publication.Park!.DelayMs));
        RocketMqPropertyBlock block = RocketMqPropertyBlock.Parse(publication.Properties);
        RocketMqProperties properties = RocketMqProperties.Parse(block.Properties.Span);
        Assert.Equal(1, block.ReconsumeTimes);
        Assert.Equal(("T", "a", "false"), (properties["RETRY_TOPIC"], properties["TAGS"], properties["WAIT"]));
        Assert.Equal(
            new RocketMqMessageId(Client.StoreHost, sent.Position).ToString(), properties["ORIGIN_MESSAGE_ID"]);
    }

    [Fact]
    public void It_keeps_its_first_topic_and_id_however_often_it_comes_back()
    {
        PartitionMessage sent = Sent();
        SendBack(sent.Position, level: 1);
        Show();
        PartitionMessage again = Assert.Single(Broker.Partition("%RETRY%CG", 0).Messages);

        SendBack(again.Position, level: 0);

        (Publication publication, _) = Assert.Single(Broker.Parked).Value;
        RocketMqPropertyBlock block = RocketMqPropertyBlock.Parse(publication.Properties);
        RocketMqProperties properties = RocketMqProperties.Parse(block.Properties.Span);
        // The level of a second return without one of its own is 3 + 1.
        Assert.Equal((2, 30_000L, "T"), (block.ReconsumeTimes, publication.Park!.DelayMs, properties["RETRY_TOPIC"]));
        Assert.Equal(
            new RocketMqMessageId(Client.StoreHost, sent.Position).ToString(), properties["ORIGIN_MESSAGE_ID"]);
    }

    [Theory]
    [InlineData(-1, null, 0)]
    [InlineData(1, 0, 0)]
    [InlineData(1, 2, 2)]
    [InlineData(1, null, 16)]
    public void Too_often_or_on_request_it_becomes_a_dead_letter(int level, int? maxTimes, int times)
    {
        Client.Send(Desk.Send("T") with { ReconsumeTimes = times });
        PartitionMessage sent = Broker.Partition("T", 0).Messages[0];

        Assert.Equal(0, SendBack(sent.Position, level, maxTimes).Code);

        Assert.Empty(Broker.Parked);
        PartitionMessage dead = Assert.Single(Broker.Partition("%DLQ%CG", 0).Messages);
        Assert.Equal(times + 1, RocketMqPropertyBlock.Parse(dead.Message.Properties).ReconsumeTimes);
    }

    [Fact]
    public void A_message_that_is_not_there_cannot_be_sent_back() =>
        Assert.Equal((int)RocketMqResponseCode.SystemError, SendBack(4711, level: 1).Code);

    [Fact]
    public void It_is_not_lost_when_the_core_does_not_take_it()
    {
        PartitionMessage sent = Sent();
        Broker.PublishReply = Core.Reply.TimedOut;

        Assert.Equal((int)RocketMqResponseCode.SystemError, SendBack(sent.Position, level: 1).Code);
    }

    [Fact]
    public void A_consumer_that_sends_to_the_retry_topic_itself_meets_the_same_limit()
    {
        SendMessageRequest send = Desk.Send("%RETRY%CG", 0, "DELAY\u00015\u0002RETRY_TOPIC\u0001T\u0002");

        Assert.Equal(0, Client.Send(send with { ReconsumeTimes = 1, MaxReconsumeTimes = 2 }).Code);
        Assert.Single(Broker.Parked);

        Assert.Equal(0, Client.Send(send with { ReconsumeTimes = 2, MaxReconsumeTimes = 2 }).Code);
        Assert.Single(Broker.Partition("%DLQ%CG", 0).Messages);
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(-1, null)]
    [InlineData(1, 1_000)]
    [InlineData(4, 30_000)]
    [InlineData(5, 60_000)]
    [InlineData(14, 600_000)]
    [InlineData(18, 7_200_000)]
    [InlineData(99, 7_200_000)]
    public void Levels_are_the_eighteen_of_RocketMQ(int level, int? delayMs) =>
        Assert.Equal(delayMs, RocketMqDelayLevels.DelayMs(level));

    private PartitionMessage Sent(string? properties = null)
    {
        Client.Send(Desk.Send("T", 0, properties));
        return Broker.Partition("T", 0).Messages[^1];
    }

    private void Show()
    {
        long position = Assert.Single(Broker.Parked).Key;
        Broker.Connections[0].ShowDue(position);
    }

    private RocketMqCommand SendBack(long position, int level, int? maxTimes = null) => Client.Ask(
        RocketMqRequestCode.ConsumerSendMsgBack, new SendBackRequest(position, "CG", level, null, null, false, maxTimes));
}
