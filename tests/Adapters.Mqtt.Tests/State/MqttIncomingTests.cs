using System.Buffers;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Adapters.Mqtt.State;
using Cmq.MultiProtocol.Adapters.Mqtt.Tests.Fakes;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Tests.State;

/// <summary>Messages of other protocols in MQTT's words (docs/mapping.md).</summary>
public sealed class MqttIncomingTests
{
    /// <summary>What a message expires by goes into the expiry interval; what is only told, as by RocketMQ, stays
    /// a property.</summary>
    [Theory]
    [InlineData(null, 5_000L)]
    [InlineData(60_000L, null)]
    public void A_time_to_live_is_told_as_a_user_property_only_where_it_does_not_count(long? counts, long? told)
    {
        var broker = new FakeBroker();
        var read = new MessageProperties { TtlMs = 5_000, MessageId = "m" };
        broker.Readers[PropertyFormat.Amqp] = new FixedReader(read);
        var message = new StoredMessage(
            "t", "a.b", [], PropertyFormat.Amqp, default, ReadOnlySequence<byte>.Empty, 0, counts, 0, true, null);

        byte[] forwarded = MqttIncoming.Forwarded(message, broker, out _).ToArray();

        MessageProperties back = new MqttPropertyReader().Read(
            new MqttPropertyBlock(0, false, default, forwarded).ToArray());
        Assert.Equal(("m", told), (back.MessageId, back.TtlMs));
    }

    [Fact]
    public void The_payload_is_the_body_that_the_reader_shows()
    {
        var broker = new FakeBroker();
        broker.Readers[PropertyFormat.RocketMq] = new FixedReader(new MessageProperties());
        var message = new StoredMessage(
            "t", "a.b", [], PropertyFormat.RocketMq, default, new("stored"u8.ToArray()), 0, null, 0, true, null);

        MqttIncoming.Forwarded(message, broker, out ReadOnlySequence<byte> payload);

        Assert.Equal("shown"u8.ToArray(), payload.ToArray());
        Assert.Equal("shown"u8.ToArray(), MqttIncoming.Payload(message, broker).ToArray());
        Assert.Equal(
            "stored"u8.ToArray(),
            MqttIncoming.Payload(message with { Format = PropertyFormat.Mqtt }, broker).ToArray());
    }

    [Fact]
    public void A_message_that_many_hear_is_read_once()
    {
        StoredMessage first = Mqtt("a.b", new MqttPropertyBlock(MqttQoS.AtLeastOnce, false, default, default).ToArray());
        StoredMessage second = first with { RoutingKey = "a.c" };

        object read = MqttIncoming.Shared(first);
        Assert.Equal("a/b", Assert.IsType<MqttIncoming>(read).Topic);
        Assert.Same(read, MqttIncoming.Shared(first));
        Assert.Equal("a/c", Assert.IsType<MqttIncoming>(MqttIncoming.Shared(second)).Topic);
        Assert.Equal("a/b", Assert.IsType<MqttIncoming>(MqttIncoming.Shared(first)).Topic);
    }

    /// <summary>It is told on the publisher's thread, which must not pay for what was stored wrong.</summary>
    [Fact]
    public void A_message_that_cannot_be_read_is_left_to_who_hears_it()
    {
        StoredMessage broken = Mqtt("a.b", [0x01, 0xFF]);

        Assert.Same(broken, MqttIncoming.Shared(broken));
        Assert.Throws<MqttProtocolException>(() => MqttIncoming.From(broken));
    }

    private static StoredMessage Mqtt(string key, byte[] block) =>
        new("t", key, [], PropertyFormat.Mqtt, block, ReadOnlySequence<byte>.Empty, 0, null, 0, true, null);

    private sealed class FixedReader(MessageProperties properties) : IPropertyReader
    {
        public PropertyFormat Format => PropertyFormat.Amqp;

        public MessageProperties Read(ReadOnlyMemory<byte> block) => properties;

        public MessageContent Content(StoredMessage message, int maxBodyBytes) =>
            new(properties, new("shown"u8.ToArray()));

        public IRoutingHeaders ReadHeaders(ReadOnlyMemory<byte> block) => throw new NotSupportedException();
    }
}
