using System.Text;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Tests.Codec;

/// <summary>What becomes of properties between protocols (docs/mapping.md).</summary>
public sealed class RocketMqPropertyReaderTests
{
    private static readonly RocketMqPropertyReader Reader = new();

    private static readonly RocketMqPropertyBlock Block = new()
    {
        Flag = 7,
        SysFlag = RocketMqSysFlag.Compressed,
        BornTimestampMs = 1795226804249,
        BornHost = new RocketMqEndPoint(0x7F000001, 4711),
        ReconsumeTimes = 2,
        PreparedTransactionOffset = 3,
        Properties = Encoding.UTF8.GetBytes("colour\u0001red\u0002KEYS\u0001k1 k2\u0002UNIQ_KEY\u0001C0\u0002WAIT\u0001true\u0002TAGS\u0001TagA\u0002"),
    };

    [Fact]
    public void A_block_reads_as_it_was_written()
    {
        RocketMqPropertyBlock read = RocketMqPropertyBlock.Parse(Block.ToBytes());

        Assert.Equal(Block with { Properties = default }, read with { Properties = default });
        Assert.Equal(Block.Properties.ToArray(), read.Properties.ToArray());
    }

    [Fact]
    public void A_block_of_something_else_is_refused()
    {
        byte[] block = Block.ToBytes();

        Assert.Throws<RocketMqProtocolException>(() => RocketMqPropertyBlock.Parse(block.AsMemory(0, 20)));
        block[0] = 9;
        Assert.Throws<RocketMqProtocolException>(() => RocketMqPropertyBlock.Parse(block));
    }

    [Fact]
    public void Tags_keys_id_and_user_properties_find_their_places()
    {
        MessageProperties properties = Reader.Read(Block.ToBytes());

        Assert.Equal(["TagA"], properties.Tags);
        Assert.Equal(["k1", "k2"], properties.Keys);
        Assert.Equal(("C0", "deflate", 1795226804249), (properties.MessageId, properties.ContentEncoding, properties.TimestampMs));
        KeyValuePair<string, HeaderValue> header = Assert.Single(properties.Headers);
        Assert.Equal(("colour", "red"), (header.Key, header.Value.Text));
    }

    [Fact]
    public void A_header_can_be_looked_up_for_matching()
    {
        IRoutingHeaders headers = Reader.ReadHeaders(Block.ToBytes());

        Assert.True(headers.TryGet("colour", out HeaderValue? value));
        Assert.Equal("red", value.Value.Text);
        Assert.False(headers.TryGet("color", out _));
    }

    [Fact]
    public void Properties_of_another_protocol_survive_the_way_there_and_back()
    {
        var properties = new MessageProperties
        {
            ContentType = "text/plain",
            ContentEncoding = "gzip",
            CorrelationId = "c",
            ReplyTo = "r",
            MessageId = "m",
            TimestampMs = 5,
            Type = "t",
            UserId = "u",
            AppId = "a",
            Priority = 4,
            TtlMs = 60_000,
            Tags = ["one", "two"],
            Keys = ["one", "two"],
            Headers = [new("x", new HeaderValue(HeaderValueKind.Bytes, 0, "y"))],
        };

        MessageProperties back = Reader.Read(RocketMqPropertyReader.Make(properties, "key", publishedMs: 1).ToBytes());

        Assert.Equal(properties with { Tags = [], Keys = [], Headers = [] }, back with { Tags = [], Keys = [], Headers = [] });
        Assert.Equal(properties.Tags, back.Tags);
        Assert.Equal(properties.Keys, back.Keys);
        Assert.Equal(properties.Headers, back.Headers);
    }

    /// <summary>Partitions filter by the hash of the key, and clients look at TAGS again.</summary>
    [Theory]
    [InlineData("order.new", "TAGS\u0001order.new\u0002")]
    [InlineData("red", "tags\u0001order.new\u0002TAGS\u0001red\u0002")]
    [InlineData("", "tags\u0001order.new\u0002")]
    public void TAGS_is_the_routing_key_and_other_tags_stand_beside_it(string key, string written)
    {
        var properties = new MessageProperties { Tags = ["order.new"] };

        RocketMqPropertyBlock block = RocketMqPropertyReader.Make(properties, key, publishedMs: 1);

        Assert.Equal(written, Encoding.UTF8.GetString(block.Properties.Span));
        Assert.Equal(properties.Tags, Reader.Read(block.ToBytes()).Tags);
    }

    [Fact]
    public void A_text_with_a_separator_makes_no_other_property()
    {
        var properties = new MessageProperties { CorrelationId = "c\u0002KEYS\u0001k", ReplyTo = "r" };

        RocketMqPropertyBlock block = RocketMqPropertyReader.Make(properties, "", publishedMs: 1);

        Assert.Equal("REPLY_TO_CLIENT\u0001r\u0002", Encoding.UTF8.GetString(block.Properties.Span));
    }

    [Fact]
    public void Numbers_become_text_and_what_has_no_text_is_left_out()
    {
        var properties = new MessageProperties
        {
            ContentType = "text/plain",
            Headers =
            [
                new("content-type", new HeaderValue(HeaderValueKind.Bytes, 0, "not/this")),
                new("not text", new HeaderValue(HeaderValueKind.Bytes, 0, "\u00FF")),
                new("n", new HeaderValue(HeaderValueKind.Integer, -5, "")),
                new("b", new HeaderValue(HeaderValueKind.Boolean, 1, "")),
                new("o", new HeaderValue(HeaderValueKind.Other, 0, "Fx")),
                new("s\u0001", new HeaderValue(HeaderValueKind.Bytes, 0, "separator")),
            ],
        };

        RocketMqPropertyBlock block = RocketMqPropertyReader.Make(properties, "", publishedMs: 9);

        Assert.Equal("content-type\u0001text/plain\u0002n\u0001-5\u0002b\u0001true\u0002", Encoding.UTF8.GetString(block.Properties.Span));
        Assert.Equal(9, block.BornTimestampMs);
    }

    [Fact]
    public void What_a_record_has_no_room_for_is_left_out()
    {
        var properties = new MessageProperties
        {
            Headers = [.. Enumerable.Range(0, 100).Select(i => KeyValuePair.Create(
                $"h{i}", new HeaderValue(HeaderValueKind.Bytes, 0, new string('x', 1000))))],
        };

        int bytes = RocketMqPropertyReader.Make(properties, "", 0).Properties.Length;

        Assert.InRange(bytes, RocketMqProperties.MaxBytes - 1100, RocketMqProperties.MaxBytes);
    }
}
