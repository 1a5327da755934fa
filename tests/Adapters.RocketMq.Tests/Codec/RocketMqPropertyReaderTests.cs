using System.Buffers;
using System.IO.Compression;
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
        Assert.False(headers.TryGet("WAIT", out _));
    }

    [Theory]
    [InlineData("PGROUP")]
    [InlineData("RETRY_TOPIC")]
    [InlineData("MSG_REGION")]
    [InlineData("__STARTDELIVERTIME")]
    [InlineData("CONSUME_START_TIME")]
    public void Internal_names_are_neither_shown_to_others_nor_taken_from_them(string name)
    {
        byte[] named = Encoding.UTF8.GetBytes($"{name}\u00015\u0002own\u0001x\u0002");
        var sent = new RocketMqPropertyBlock { Properties = named };

        Assert.Equal("own", Assert.Single(Reader.Read(sent.ToBytes()).Headers).Key);
        var others = new MessageProperties
        {
            Headers = [new(name, new HeaderValue(HeaderValueKind.Bytes, 0, "5")), new("own", HeaderValue.Void)],
        };
        RocketMqPropertyBlock block = RocketMqPropertyReader.Make(others, "", publishedMs: 1);
        Assert.Equal("own\u0001\u0002", Encoding.UTF8.GetString(block.Properties.Span));
    }

    [Fact]
    public void A_header_named_like_a_property_with_a_place_does_not_take_it()
    {
        var others = new MessageProperties
        {
            Headers =
            [
                .. new[] { "TAGS", "KEYS", "UNIQ_KEY", "CORRELATION_ID", "REPLY_TO_CLIENT" }
                    .Select(name => KeyValuePair.Create(name, new HeaderValue(HeaderValueKind.Bytes, 0, "forged"))),
            ],
        };

        Assert.True(RocketMqPropertyReader.Make(others, "", publishedMs: 1).Properties.IsEmpty);
    }

    [Fact]
    public void A_compressed_body_is_shown_as_its_sender_meant_it()
    {
        byte[] plain = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("Grüße ", 2_000)));

        MessageContent content = ((IPropertyReader)Reader).Content(Compressed(plain), plain.Length);

        Assert.Equal(plain, content.Body.ToArray());
        Assert.Equal("own", content.Properties.ContentEncoding);
    }

    [Fact]
    public void A_body_that_would_become_too_large_stays_compressed()
    {
        StoredMessage message = Compressed(new byte[1_000_000]);

        MessageContent content = ((IPropertyReader)Reader).Content(message, 999_999);

        Assert.Equal(message.Body.ToArray(), content.Body.ToArray());
        Assert.Equal("deflate", content.Properties.ContentEncoding);
    }

    /// <summary>A few KiB that say that they are 64 MiB.</summary>
    [Fact]
    public void What_would_become_too_large_takes_no_room()
    {
        StoredMessage message = Compressed(new byte[64 << 20]);
        ((IPropertyReader)Reader).Content(message, 1 << 20);

        long before = GC.GetAllocatedBytesForCurrentThread();
        ((IPropertyReader)Reader).Content(message, 1 << 20);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, message.Body.Length + 256 * 1024);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    public void What_is_no_whole_stream_stays_as_it_is(int bytes)
    {
        StoredMessage whole = Compressed(Encoding.UTF8.GetBytes("a text of which only the beginning is left"));
        StoredMessage message = whole with { Body = whole.Body.Slice(0, bytes) };

        MessageContent content = ((IPropertyReader)Reader).Content(message, 1 << 20);

        Assert.Equal(bytes, content.Body.Length);
        Assert.Equal("deflate", content.Properties.ContentEncoding);
    }

    [Fact]
    public void A_body_that_is_compressed_in_another_way_is_named_so_and_stays()
    {
        const int zstd = 2 << 8;
        StoredMessage message = Compressed("text"u8.ToArray(), RocketMqSysFlag.Compressed | zstd);

        MessageContent content = ((IPropertyReader)Reader).Content(message, 1 << 20);

        Assert.Equal(message.Body.ToArray(), content.Body.ToArray());
        Assert.Equal("zstd", content.Properties.ContentEncoding);
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

        MessageProperties back =
            Reader.Read(RocketMqPropertyReader.Make(properties, "key", publishedMs: 1).ToBytes());

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

    private static StoredMessage Compressed(byte[] plain, int sysFlag = RocketMqSysFlag.Compressed)
    {
        using var packed = new MemoryStream();
        using (var stream = new ZLibStream(packed, CompressionLevel.Optimal))
            stream.Write(plain);
        byte[] properties = (Block with
        {
            SysFlag = sysFlag,
            Properties = Encoding.UTF8.GetBytes("content-encoding\u0001own\u0002"),
        }).ToBytes();
        return new StoredMessage("T", "", [], PropertyFormat.RocketMq, properties,
            new ReadOnlySequence<byte>(packed.ToArray()), 1, null, 0, true, null);
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
