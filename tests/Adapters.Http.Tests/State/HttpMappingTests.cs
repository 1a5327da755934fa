using System.Buffers;
using System.Text;
using Cmq.MultiProtocol.Adapters.Http.Codec;
using Cmq.MultiProtocol.Adapters.Http.State;
using Cmq.MultiProtocol.Adapters.Http.Tests.Codec;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Http.Tests.State;

public sealed class HttpMappingTests
{
    public static TheoryData<int> CutSizes => [1, 2, 3, 4, 5, 7, 1000];

    [Theory, MemberData(nameof(CutSizes))]
    public void Text_is_known_as_text_wherever_it_is_cut(int size)
    {
        byte[] text = Encoding.UTF8.GetBytes("aö€🐇z🐇€ö");

        Assert.True(Received(HttpWriterTests.Cut(text, size)).IsText);
    }

    [Theory, MemberData(nameof(CutSizes))]
    public void Bytes_that_are_no_text_are_known_wherever_they_are_cut(int size)
    {
        byte[] rabbit = Encoding.UTF8.GetBytes("ab🐇");
        byte[][] bad =
        [
            [.. rabbit, 0xFF], [.. rabbit, 0xE2, 0x82], [.. rabbit, 0xE2, 0x82, 0x41], [0x80, .. rabbit],
        ];

        Assert.All(bad, bytes => Assert.False(Received(HttpWriterTests.Cut(bytes, size)).IsText));
    }

    [Fact]
    public void Message_ids_count_from_one_and_times_are_seconds()
    {
        HttpAnswer.ReceivedMessage message = Received(new ReadOnlySequence<byte>("x"u8.ToArray()));

        Assert.Equal("1", message.MsgId);
        Assert.Equal("77", message.ReceiptHandle);
        Assert.Equal((1, 2, 3, 4), (
            message.EnqueueTime, message.FirstDequeueTime, message.NextVisibleTime, message.DequeueCount));
    }

    [Fact]
    public void A_queue_without_limits_shows_the_largest_values()
    {
        QueueAttributes shown = HttpMapping.Attributes(new QueueSettings(), maxMessageBytes: 1024 * 1024);

        Assert.Equal(1_000_000_000, shown.MaxMsgHeapNum);
        Assert.Equal(1024 * 1024, shown.MaxMsgSize);
        Assert.Equal(1_296_000, shown.MsgRetentionSeconds);
    }

    [Fact]
    public void A_dead_letter_rule_of_another_protocol_is_no_policy()
    {
        var counted = new QueueSettings { MaxDeliveries = 3 };

        Assert.Null(HttpMapping.Policy(counted with { DeadLetter = new DeadLetterTarget("dlx", "key") }));
        Assert.Null(HttpMapping.Policy(counted with { DeadLetter = new DeadLetterTarget("", null) }));
        Assert.Null(HttpMapping.Policy(new QueueSettings { DeadLetter = new DeadLetterTarget("", "q") }));
    }

    private static HttpAnswer.ReceivedMessage Received(ReadOnlySequence<byte> body) =>
        HttpMapping.Received(new Delivery(
            0,
            new QueueId(1),
            Sequence: 0,
            Redelivered: false,
            DeliveryCount: 4,
            Receipt: 77,
            FirstCheckOutMs: 2_999,
            DeadlineMs: 3_000,
            new StoredMessage("", "q", [], PropertyFormat.Amqp, default, body, 1_001, null, 0, true, null)));
}
