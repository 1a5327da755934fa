using System.Text;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Tests.Codec;

/// <summary>What is stored, and what other protocols see of it.</summary>
public sealed class MqttPropertyReaderTests
{
    [Fact]
    public void A_stored_block_comes_back_as_it_was()
    {
        byte[] forwarded = Packets.Hex("26 0001 6B 0001 76");
        byte[] retained = new MqttPropertyBlock(0, true, "cli"u8.ToArray(), forwarded, "a/é").ToArray();
        Assert.Equal("a/é", MqttPropertyBlock.Read(retained).RetainedTopic);
        Assert.Equal(forwarded, MqttPropertyBlock.Read(retained).Forwarded.ToArray());
        byte[] stored = new MqttPropertyBlock(MqttQoS.ExactlyOnce, true, "cli"u8.ToArray(), forwarded).ToArray();
        MqttPropertyBlock block = MqttPropertyBlock.Read(stored);
        Assert.Null(block.RetainedTopic);
        Assert.Equal((MqttQoS.ExactlyOnce, true), (block.QoS, block.Retain));
        Assert.Equal(forwarded, block.Forwarded.ToArray());
        Assert.True(block.IsFrom("cli"));
        Assert.False(block.IsFrom("cl"));
        Assert.False(block.IsFrom("clo"));
    }

    [Fact]
    public void Another_protocol_sees_the_properties_in_the_cores_words()
    {
        byte[] forwarded = Packets.Hex(
            "01 01 03 0001 74 08 0003 612F62 09 0002 6331 26 0001 6B 0002 C3A9 26 0001 6B 0001 77");
        MessageProperties read = new MqttPropertyReader().Read(
            new MqttPropertyBlock(MqttQoS.AtLeastOnce, false, default, forwarded).ToArray());
        Assert.Equal(("t", "a.b", "c1"), (read.ContentType, read.ReplyTo, read.CorrelationId));
        Assert.Equal(
            [
                new("k", new HeaderValue(HeaderValueKind.Bytes, 0, "\u00C3\u00A9")),
                new("k", new HeaderValue(HeaderValueKind.Bytes, 0, "w")),
            ],
            read.Headers);
    }

    [Fact]
    public void Correlation_data_that_is_no_text_is_shown_as_Base64()
    {
        MessageProperties read = new MqttPropertyReader().Read(
            new MqttPropertyBlock(0, false, default, Packets.Hex("09 0002 FF00")).ToArray());
        Assert.Equal("/wA=", read.CorrelationId);
    }

    [Fact]
    public void What_has_a_place_of_its_own_comes_back_to_it()
    {
        var properties = new MessageProperties
        {
            ContentEncoding = "gzip",
            MessageId = "m1",
            TimestampMs = 1_700_000_000_123,
            Type = "t",
            UserId = "u",
            AppId = "a",
            Priority = 7,
            TtlMs = 1_500,
            Tags = ["one", "two"],
            Keys = ["k1"],
        };
        MessageProperties back = new MqttPropertyReader().Read(
            new MqttPropertyBlock(0, false, default, MqttPropertyReader.Write(properties)).ToArray());
        Assert.Equivalent(properties, back, strict: true);
    }

    [Fact]
    public void A_user_property_that_does_not_fit_its_place_stays_a_header()
    {
        byte[] forwarded = MqttPropertyReader.Write(new MessageProperties
        {
            Headers = [new("priority", new HeaderValue(HeaderValueKind.Integer, 300, ""))],
        });
        MessageProperties back = new MqttPropertyReader().Read(
            new MqttPropertyBlock(0, false, default, forwarded).ToArray());
        Assert.Null(back.Priority);
        Assert.Equal("priority", Assert.Single(back.Headers).Key);
    }

    [Fact]
    public void A_header_can_be_matched()
    {
        byte[] stored = new MqttPropertyBlock(0, false, default, Packets.Hex("26 0001 6B 0001 76")).ToArray();
        Assert.True(new MqttPropertyReader().ReadHeaders(stored).TryGet("k", out HeaderValue? value));
        Assert.Equal("v", value.Value.Text);
        Assert.False(new MqttPropertyReader().ReadHeaders(stored).TryGet("v", out _));
    }

    [Fact]
    public void Another_protocols_properties_become_those_of_MQTT()
    {
        byte[] written = MqttPropertyReader.Write(new MessageProperties
        {
            ContentType = "text/plain",
            CorrelationId = "c1",
            ReplyTo = "a.b",
            MessageId = "m1",
            Headers =
            [
                new("n", new HeaderValue(HeaderValueKind.Integer, -5, "")),
                new("b", new HeaderValue(HeaderValueKind.Boolean, 1, "")),
                new("t", new HeaderValue(HeaderValueKind.Bytes, 0, Encoding.Latin1.GetString("é"u8))),
                new("not text", new HeaderValue(HeaderValueKind.Bytes, 0, "\u00FF")),
                new("nul", new HeaderValue(HeaderValueKind.Bytes, 0, "a\0b")),
                new("table", new HeaderValue(HeaderValueKind.Other, 0, "F")),
            ],
        });
        // It stands as a PUBLISH would bring it.
        Assert.Equal(written, MqttMessageProperties.Parse(written, MqttPropertyPlace.Publish).Forwarded.ToArray());
        MessageProperties back = new MqttPropertyReader().Read(
            new MqttPropertyBlock(0, false, default, written).ToArray());
        Assert.Equal(("text/plain", "c1", "a.b", "m1"),
            (back.ContentType, back.CorrelationId, back.ReplyTo, back.MessageId));
        Assert.Equal(["n", "b", "t"], back.Headers.Select(header => header.Key));
        Assert.Equal(["-5", "true", "Ã©"], back.Headers.Select(header => header.Value.Text));
    }
}
