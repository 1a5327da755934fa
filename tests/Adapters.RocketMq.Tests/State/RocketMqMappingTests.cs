using System.Buffers;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.State;
using Cmq.MultiProtocol.Adapters.RocketMq.Tests.Fakes;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Tests.State;

/// <summary>Messages of other protocols in RocketMQ's words (docs/mapping.md).</summary>
public sealed class RocketMqMappingTests
{
    private static readonly Death Expired = new("q", DeathReason.Expired, 1, 0, "t", ["k"], true);

    private readonly FakeBroker _broker = new();

    [Theory]
    [InlineData("order.new")]
    [InlineData("order\u001Fnew")]
    public void The_tag_is_the_routing_key_with_dots_whatever_tags_the_publisher_set(string key)
    {
        _broker.Readers[PropertyFormat.Amqp] = new FixedReader(new MessageProperties { Tags = ["red"] });

        RocketMqProperties shown = Shown(Message(key));

        Assert.Equal(("order.new", "red"), (shown[RocketMqProperties.Tags], shown["tags"]));
        Assert.Equal(TagHash.Of("order.new"), TagHash.OfKey(key));
    }

    [Fact]
    public void A_moved_message_has_the_tag_that_it_was_moved_with() =>
        Assert.Equal("new", Shown(Message("old", overlay: new Overlay("t", "new", [], [])))[RocketMqProperties.Tags]);

    [Fact]
    public void A_time_to_live_is_told_until_the_message_died_of_it()
    {
        Assert.Equal("60000", Shown(Message("k", ttlMs: 60_000))["expiration"]);
        Assert.Null(Shown(Message("k", ttlMs: 60_000, new Overlay("t", "k", [], [Expired])))["expiration"]);
    }

    private static StoredMessage Message(string key, long? ttlMs = null, Overlay? overlay = null) => new(
        "t", key, [], PropertyFormat.Amqp, default, ReadOnlySequence<byte>.Empty, 0, ttlMs, 0, true, overlay);

    private RocketMqProperties Shown(StoredMessage message) =>
        RocketMqProperties.Parse(RocketMqMapping.Block(message, _broker).Properties.Span);

    private sealed class FixedReader(MessageProperties properties) : IPropertyReader
    {
        public PropertyFormat Format => PropertyFormat.Amqp;

        public MessageProperties Read(ReadOnlyMemory<byte> block) => properties;

        public IRoutingHeaders ReadHeaders(ReadOnlyMemory<byte> block) => throw new NotSupportedException();
    }
}
