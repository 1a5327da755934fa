using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Tests.Codec;

/// <summary>Specification sections 4, 6, 7, 11 and 16.</summary>
public sealed class RocketMqHeaderTests
{
    private static readonly SendMessageRequest Send =
        new("pg", "t", "TBW102", 4, -1, 5, 1795226804249, 7, "KEYS\u0001k\u0002", 2, true, 16, false);

    public static TheoryData<IRocketMqHeader, Func<RocketMqFields, IRocketMqHeader>> Headers => new()
    {
        { new TopicRequest("t"), fields => TopicRequest.Read(fields) },
        { new ClusterRequest("c"), fields => ClusterRequest.Read(fields) },
        { new WipeWritePermRequest("b"), fields => WipeWritePermRequest.Read(fields) },
        { new KvConfigRequest("n", "k", "v"), fields => KvConfigRequest.Read(fields) },
        { new KvConfigRequest("n", "k", null), fields => KvConfigRequest.Read(fields) },
        { new KvNamespaceRequest("n"), fields => KvNamespaceRequest.Read(fields) },
        { new KvConfigResponse("v"), fields => KvConfigResponse.Read(fields) },
        { new SendMessageResponse("id", 1, 2), fields => SendMessageResponse.Read(fields) },
        { new SendBackRequest(1, "g", -1, "o", "t", false, 3), SendBackRequest.Read },
        { new SendBackRequest(1, "g", 0, null, null, null, null), SendBackRequest.Read },
        { new EndTransactionRequest("pg", 1, 2, 8, true, "m", "x"), EndTransactionRequest.Read },
        { new CheckTransactionStateRequest(1, 2, "m", "x", "o"), CheckTransactionStateRequest.Read },
        { new PullMessageRequest("g", "t", 1, 2, 32, 6, 3, 15000, "*", 4, "TAG"), PullMessageRequest.Read },
        { new PullMessageRequest("g", "t", 1, 2, 32, 2, 3, 15000, null, 4, null), PullMessageRequest.Read },
        { new PullMessageResponse(1, 2, 3), fields => PullMessageResponse.Read(fields) },
        { new QueryMessageRequest("t", "k", 1, 2, long.MaxValue, true), QueryMessageRequest.Read },
        { new QueryMessageResponse(1, 2), fields => QueryMessageResponse.Read(fields) },
        { new ViewMessageRequest(1L << 52), fields => ViewMessageRequest.Read(fields) },
        { new QueueRequest("t", 1), fields => QueueRequest.Read(fields) },
        { new SearchOffsetRequest("t", 1, 2), fields => SearchOffsetRequest.Read(fields) },
        { new OffsetResponse(-1), fields => OffsetResponse.Read(fields) },
        { new StoreTimeResponse(-1), fields => StoreTimeResponse.Read(fields) },
        { new QueryConsumerOffsetRequest("g", "t", 1), fields => QueryConsumerOffsetRequest.Read(fields) },
        { new UpdateConsumerOffsetRequest("g", "t", 1, -1), fields => UpdateConsumerOffsetRequest.Read(fields) },
        { new ConsumerGroupRequest("g"), fields => ConsumerGroupRequest.Read(fields) },
        { new ProducerGroupRequest("g"), fields => ProducerGroupRequest.Read(fields) },
        { new UnregisterClientRequest("c", "p", null), fields => UnregisterClientRequest.Read(fields) },
        { new ClientRequest("g", "c", true, "m", "b"), ClientRequest.Read },
        { new CreateTopicRequest("t", "d", 1, 2, 6, "SINGLE_TAG", 0, true), CreateTopicRequest.Read },
        { new GroupNameRequest("g"), fields => GroupNameRequest.Read(fields) },
        { new ConsumeStatsRequest("g", null), fields => ConsumeStatsRequest.Read(fields) },
        { new ResetOffsetRequest("t", "g", -1, true), fields => ResetOffsetRequest.Read(fields) },
        { new ViewBrokerStatsRequest("n", "k"), fields => ViewBrokerStatsRequest.Read(fields) },
        { new ConsumeTimeSpanRequest("t", "g"), fields => ConsumeTimeSpanRequest.Read(fields) },
    };

    [Theory, MemberData(nameof(Headers))]
    public void A_header_reads_as_it_was_written(IRocketMqHeader header, Func<RocketMqFields, IRocketMqHeader> read) =>
        Assert.Equal(header, read(RocketMqFields.Of(header)));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_send_reads_as_it_was_written_with_long_and_short_names(bool shortNames)
    {
        var fields = new RocketMqFields();
        Send.Write(fields, shortNames);

        Assert.Equal(Send, SendMessageRequest.Read(fields, shortNames));
    }

    [Fact]
    public void Real_sends_of_both_versions_say_the_same()
    {
        RocketMqCommand v1 = Frames.Read(Transcript.Find("send_message.success.1").Request!);
        RocketMqCommand v2 = Frames.Read(Transcript.Find("send_message_v2.success.2").Request!);

        SendMessageRequest first = SendMessageRequest.Read(v1.Fields!, shortNames: false);
        SendMessageRequest second = SendMessageRequest.Read(v2.Fields!, shortNames: true);

        Assert.Equal((first.ProducerGroup, first.Topic, first.DefaultTopic), (second.ProducerGroup, second.Topic, second.DefaultTopic));
    }

    [Theory]
    [InlineData("queueId", "x")]
    [InlineData("queueId", "99999999999")]
    [InlineData("queueId", null)]
    [InlineData("topic", null)]
    public void A_missing_or_broken_field_costs_the_request_only(string name, string? value)
    {
        var fields = new RocketMqFields();
        fields.Add(name, value);
        if (name != "topic")
            fields.Add("topic", "t");

        var refused = Assert.Throws<RocketMqProtocolException>(() => QueueRequest.Read(fields));
        Assert.Equal((ErrorScope.Request, RocketMqResponseCode.SystemError), (refused.Scope, refused.Code));
    }
}
