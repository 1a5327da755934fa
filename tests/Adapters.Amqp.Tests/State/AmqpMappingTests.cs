using System.Buffers;
using System.Text;
using Cmq.MultiProtocol.Adapters.Amqp.Codec;
using Cmq.MultiProtocol.Adapters.Amqp.State;
using Cmq.MultiProtocol.Adapters.Amqp.Tests.Fakes;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Amqp.Tests.State;

/// <summary>What a consumer gets to see of a stored message; checklist section "Dead-lettering and x-death
/// (3.6)".</summary>
public sealed class AmqpMappingTests
{
    private static readonly Death Expired = new("q", DeathReason.Expired, 1, 1_500_000_000_999, "ex", ["key", "cc"], true);

    [Fact]
    public void A_message_that_was_not_moved_keeps_every_byte()
    {
        byte[] block = Block.Of(AmqpTable.Build(table => table.Any("n", AmqpFieldType.SignedLongAlias, new byte[8])));
        Assert.Equal(block, Properties(Message(block)));
    }

    [Fact]
    public void A_dead_letter_gets_x_death_and_loses_its_expiration()
    {
        byte[] block = Block.Of(
            AmqpTable.Build(table => table.Any("n", AmqpFieldType.UnsignedShort, [1, 2])), 2, expiration: "250");

        byte[] rendered = Properties(Message(block, Overlay([], Expired)));

        AmqpTable headers = AmqpTable.Build(table =>
        {
            table.Any("n", AmqpFieldType.UnsignedShort, [1, 2]);
            table.Any("x-death", AmqpFieldType.Array, Entry(1, "expired", "q", "250"));
        });
        Assert.Equal(Block.Of(headers, 2), rendered);
    }

    [Fact]
    public void A_dead_letter_without_headers_gets_some()
    {
        byte[] rendered = Properties(Message([], Overlay([], Expired with { TookTtl = false })));

        AmqpTable headers = AmqpTable.Build(
            table => table.Any("x-death", AmqpFieldType.Array, Entry(1, "expired", "q", null)));
        Assert.Equal(Block.Of(headers, 2), rendered);
    }

    [Theory]
    [InlineData(DeathReason.Rejected, "rejected")]
    [InlineData(DeathReason.MaxLength, "maxlen")]
    [InlineData(DeathReason.DeliveryLimit, "delivery_limit")]
    public void Reasons_have_RabbitMQs_words(DeathReason reason, string word)
    {
        byte[] rendered = Properties(
            Message([0, 0], Overlay([], Expired with { Reason = reason, TookTtl = false })));
        Assert.Equal(Entry(1, word, "q", null), Array(rendered));
    }

    [Fact]
    public void Deaths_are_latest_first_and_add_up_with_those_that_the_message_came_with()
    {
        byte[] came = [.. Entry(4, "expired", "q", "9"), .. Entry(1, "rejected", "elsewhere", null)];
        byte[] block = Block.Of(AmqpTable.Build(table => table.Any("x-death", AmqpFieldType.Array, came)));
        Death other = Expired with { Queue = "r", Count = 3, TookTtl = false };

        byte[] rendered = Properties(Message(block, Overlay([], other, Expired with { Count = 2 })));

        byte[] expected =
        [
            .. Entry(3, "expired", "r", null), .. Entry(6, "expired", "q", "9"),
            .. Entry(1, "rejected", "elsewhere", null),
        ];
        Assert.Equal(expected, Array(rendered));
    }

    [Fact]
    public void An_x_death_that_is_no_array_is_replaced()
    {
        byte[] block = Block.Of(AmqpTable.Build(table => table.Text("x-death", "fooled")));
        byte[] rendered = Properties(Message(block, Overlay([], Expired with { TookTtl = false })));
        Assert.Equal(Entry(1, "expired", "q", null), Array(rendered));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Cc_stays_only_while_the_keys_were_not_overridden(bool overridden)
    {
        byte[] cc = [(byte)'S', 0, 0, 0, 2, (byte)'c', (byte)'c'];
        byte[] block = Block.Of(AmqpTable.Build(table => table.Any("CC", AmqpFieldType.Array, cc)));

        byte[] rendered = Properties(Message(block, Overlay(overridden ? [] : ["cc"], Expired)));

        var headers = new AmqpTable(AmqpPropertyBlock.Parse(rendered).Headers.ToArray());
        Assert.Equal(!overridden, headers.TryGet("CC", out _));
    }

    [Fact]
    public void The_overlay_has_exchange_and_key()
    {
        StoredMessage message = Message([], Overlay([], Expired));
        Assert.Equal(("dlx", "dead"), (AmqpMapping.Exchange(message), AmqpMapping.RoutingKey(message)));
        StoredMessage plain = Message([]);
        Assert.Equal(("ex", "key"), (AmqpMapping.Exchange(plain), AmqpMapping.RoutingKey(plain)));
    }

    [Fact]
    public void A_message_of_another_protocol_gets_sensible_properties()
    {
        var broker = new FakeBroker();
        broker.Readers.Add(PropertyFormat.Http, new TextReader());
        StoredMessage message = Message([1]) with { Format = PropertyFormat.Http };

        AmqpPropertyBlock block = AmqpPropertyBlock.Parse(new AmqpMapping(broker).Properties(Delivered(message), out _));

        Assert.Equal(("text/plain", "id-1", 2), (block.Text(AmqpProperty.ContentType),
            block.Text(AmqpProperty.MessageId), block.Octet(AmqpProperty.DeliveryMode)));
        Assert.Equal(1_700_000_000ul, block.Timestamp);
    }

    /// <summary>A part of a correlation id is another one.</summary>
    [Fact]
    public void A_text_that_no_short_string_holds_becomes_a_header()
    {
        string longest = new('l', 255);
        string longer = new('ü', 128);
        var properties = new MessageProperties
        {
            CorrelationId = longer,
            ReplyTo = longer,
            MessageId = longest,
            Headers = [new("reply-to", new HeaderValue(HeaderValueKind.Bytes, 0, "own"))],
        };

        AmqpPropertyBlock block = AmqpPropertyBlock.Parse(Written(properties));

        Assert.False(block.Has(AmqpProperty.CorrelationId));
        Assert.False(block.Has(AmqpProperty.ReplyTo));
        Assert.Equal(longest, block.Text(AmqpProperty.MessageId));
        MessageProperties read = new AmqpPropertyReader().Read(Written(properties));
        Assert.Equal(
            [("reply-to", "own"), ("correlation-id", Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(longer)))],
            read.Headers.Select(header => (header.Key, header.Value.Text)));
    }

    [Fact]
    public void The_body_is_the_one_that_the_reader_shows()
    {
        var broker = new FakeBroker();
        broker.Readers.Add(PropertyFormat.RocketMq, new UpperCaseReader());
        StoredMessage message = Message([1]) with { Format = PropertyFormat.RocketMq, Body = new("body"u8.ToArray()) };

        new AmqpMapping(broker).Properties(Delivered(message), out ReadOnlySequence<byte> body);

        Assert.Equal("BODY", Encoding.UTF8.GetString(body.ToArray()));
    }

    [Fact]
    public void Properties_go_to_the_cores_words_and_back()
    {
        AmqpTable headers = AmqpTable.Build(table =>
        {
            table.Long("n", 5);
            table.Text("s", "v");
            table.Boolean("b", true);
            table.Void("v");
            table.Timestamp("t", 7);
            table.Double("d", 1.5);
        });
        byte[] block = Block.Of(headers, 2, 3, "60", "guest", "text/plain", "c");
        var reader = new AmqpPropertyReader();

        MessageProperties properties = reader.Read(block);
        var again = new AmqpFieldWriter();
        AmqpPropertyReader.Write(properties, persistent: true, ttlMs: null, again);

        Assert.Equal(block, again.Written.ToArray());
        Assert.True(reader.ReadHeaders(block).TryGet("s", out HeaderValue? value));
        Assert.Equal(new HeaderValue(HeaderValueKind.Bytes, 0, "v"), value);
        Assert.False(reader.ReadHeaders(block).TryGet("absent", out _));
    }

    [Fact]
    public void Tags_and_keys_are_headers_of_words()
    {
        byte[] block = Block.Of(AmqpTable.Build(table =>
        {
            table.Text("h", "v");
            table.Text("tags", "red größer");
            table.Text("keys", "k1");
        }));
        var reader = new AmqpPropertyReader();

        MessageProperties properties = reader.Read(block);
        var again = new AmqpFieldWriter();
        AmqpPropertyReader.Write(properties, persistent: false, ttlMs: null, again);

        Assert.Equal(["red", "größer"], properties.Tags);
        Assert.Equal(["k1"], properties.Keys);
        Assert.Equal("h", Assert.Single(properties.Headers).Key);
        Assert.Equal(block, again.Written.ToArray());
    }

    [Fact]
    public void A_header_of_tags_that_is_no_text_stays_a_header()
    {
        MessageProperties properties = new AmqpPropertyReader().Read(
            Block.Of(AmqpTable.Build(table => table.Long("tags", 5))));

        Assert.Empty(properties.Tags);
        Assert.Equal(new HeaderValue(HeaderValueKind.Integer, 5, ""), Assert.Single(properties.Headers).Value);
    }

    [Fact]
    public void The_time_to_live_by_which_a_message_expires_is_its_expiration()
    {
        var output = new AmqpFieldWriter();
        AmqpPropertyReader.Write(new MessageProperties { TtlMs = 5 }, persistent: false, ttlMs: 60_000, output);
        Assert.Equal("60000", AmqpPropertyBlock.Parse(output.Written).Text(AmqpProperty.Expiration));
    }

    [Fact]
    public void A_dot_in_a_level_of_another_protocol_is_shown_as_a_dot()
    {
        string key = $"a{LevelKey.DotInLevel}b.c";
        StoredMessage moved = Message([], new Overlay("dlx", key, [], [Expired with { RoutingKeys = [key] }]));

        Assert.Equal("a.b.c", AmqpMapping.RoutingKey(Message([]) with { RoutingKey = key }));
        Assert.Equal("a.b.c", AmqpMapping.RoutingKey(moved));
        string shown = System.Text.Encoding.Latin1.GetString(Array(Properties(moved)));
        Assert.Contains("a.b.c", shown, StringComparison.Ordinal);
        Assert.DoesNotContain(LevelKey.DotInLevel, shown);
    }

    [Fact]
    public void An_id_that_the_other_protocol_gives_by_place_is_the_message_id_where_the_message_was_sent_to()
    {
        var broker = new FakeBroker();
        broker.Readers.Add(PropertyFormat.Http, new NumberingReader());
        StoredMessage sent = Message([1]) with { Format = PropertyFormat.Http };
        var mapping = new AmqpMapping(broker);

        Assert.Equal("no. 41", AmqpPropertyBlock.Parse(mapping.Properties(Delivered(sent, sequence: 41), out _))
            .Text(AmqpProperty.MessageId));
        Assert.Null(AmqpPropertyBlock
            .Parse(mapping.Properties(Delivered(sent with { Overlay = Overlay([], Expired) }, sequence: 3), out _))
            .Text(AmqpProperty.MessageId));
    }

    private static byte[] Properties(StoredMessage message) =>
        new AmqpMapping(new FakeBroker()).Properties(Delivered(message), out _).ToArray();

    private static Delivery Delivered(StoredMessage message, long sequence = 0) =>
        new(1, new QueueId(1), sequence, false, 1, 0, 0, 0, message);

    private static byte[] Array(byte[] block)
    {
        Assert.True(new AmqpTable(AmqpPropertyBlock.Parse(block).Headers.ToArray()).TryGet("x-death", out AmqpValue value));
        return value.Bytes.ToArray();
    }

    private static byte[] Entry(long count, string reason, string queue, string? expiration)
    {
        AmqpTable entry = AmqpTable.Build(table =>
        {
            table.Long("count", count);
            table.Text("reason", reason);
            table.Text("queue", queue);
            table.Timestamp("time", 1_500_000_000);
            table.Text("exchange", "ex");
            table.Any("routing-keys", AmqpFieldType.Array,
                [(byte)'S', 0, 0, 0, 3, .. "key"u8, (byte)'S', 0, 0, 0, 2, .. "cc"u8]);
            if (expiration is not null)
                table.Text("original-expiration", expiration);
        });
        var item = new AmqpFieldWriter();
        item.Octet((byte)AmqpFieldType.Table);
        item.Table(entry);
        return item.Written.ToArray();
    }

    private static Overlay Overlay(string[] moreKeys, params Death[] deaths) => new("dlx", "dead", moreKeys, deaths);

    private static StoredMessage Message(byte[] block, Overlay? overlay = null) => new(
        "ex", "key", [], PropertyFormat.Amqp, block, ReadOnlySequence<byte>.Empty, 0, null, 0, true, overlay);

    private static byte[] Written(MessageProperties properties)
    {
        var output = new AmqpFieldWriter();
        AmqpPropertyReader.Write(properties, persistent: true, ttlMs: null, output);
        return output.Written.ToArray();
    }

    private sealed class UpperCaseReader : IPropertyReader
    {
        public PropertyFormat Format => PropertyFormat.RocketMq;

        public MessageProperties Read(ReadOnlyMemory<byte> properties) => new();

        public MessageContent Content(StoredMessage message, int maxBodyBytes) => new(
            Read(message.Properties),
            new(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(message.Body.ToArray()).ToUpperInvariant())));

        public IRoutingHeaders ReadHeaders(ReadOnlyMemory<byte> properties) => throw new NotSupportedException();
    }

    private sealed class NumberingReader : IPropertyReader
    {
        public PropertyFormat Format => PropertyFormat.Http;

        public MessageProperties Read(ReadOnlyMemory<byte> properties) => new();

        public string MessageIdOf(long sequence) => $"no. {sequence}";

        public IRoutingHeaders ReadHeaders(ReadOnlyMemory<byte> properties) => throw new NotSupportedException();
    }

    private sealed class TextReader : IPropertyReader
    {
        public PropertyFormat Format => PropertyFormat.Http;

        public MessageProperties Read(ReadOnlyMemory<byte> properties) => new()
        {
            ContentType = "text/plain",
            MessageId = "id-" + properties.Span[0],
            TimestampMs = 1_700_000_000_999,
        };

        public IRoutingHeaders ReadHeaders(ReadOnlyMemory<byte> properties) => new AmqpRoutingHeaders(default);
    }
}
