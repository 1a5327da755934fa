using System.Text;
using Cmq.MultiProtocol.Adapters.Amqp.Codec;
using FsCheck;
using FsCheck.Fluent;

namespace Cmq.MultiProtocol.Adapters.Amqp.Tests.Codec;

public sealed class AmqpTableTests
{
    private static readonly AmqpFieldType[] Types = Enum.GetValues<AmqpFieldType>();

    /// <summary>A field with a value of the right length for its type; tables and arrays are nested once
    /// more.</summary>
    private static Gen<(string Key, AmqpFieldType Type, byte[] Value)> Field(int depth) =>
        from key in Gen.Elements("a", "x-match", "\u00fc-key", "", "CC")
        from type in Gen.Elements(Types)
        from value in Value(type, depth)
        select (key, type, value);

    private static Gen<byte[]> Value(AmqpFieldType type, int depth) => type switch
    {
        AmqpFieldType.Void => Gen.Constant(Array.Empty<byte>()),
        AmqpFieldType.Boolean or AmqpFieldType.SignedByte or AmqpFieldType.UnsignedByte => Bytes(1),
        AmqpFieldType.SignedShort or AmqpFieldType.UnsignedShort => Bytes(2),
        AmqpFieldType.SignedInt or AmqpFieldType.UnsignedInt or AmqpFieldType.Float => Bytes(4),
        AmqpFieldType.Decimal => Bytes(5),
        AmqpFieldType.LongString or AmqpFieldType.ByteArray => Gen.Choose(0, 20).SelectMany(Bytes),
        AmqpFieldType.Table when depth > 0 => Table(depth - 1),
        AmqpFieldType.Table or AmqpFieldType.Array => Gen.Constant(Array.Empty<byte>()),
        _ => Bytes(8),
    };

    private static Gen<byte[]> Bytes(int count) => Gen.Choose(0, 255).Select(i => (byte)i).ArrayOf(count);

    private static Gen<byte[]> Table(int depth) => Gen.Choose(0, 6).SelectMany(count =>
        Field(depth).ArrayOf(count).Select(fields => AmqpTable.Build(table =>
        {
            foreach ((string key, AmqpFieldType type, byte[] value) in fields)
                table.Any(key, type, value);
        }).Encoded.ToArray()));

    [Fact]
    public void A_table_walked_field_by_field_gives_back_its_bytes() =>
        Prop.ForAll(Table(3).ToArbitrary(), encoded =>
        {
            AmqpTableReader.Validate(encoded);
            var copy = new AmqpFieldWriter();
            var fields = AmqpTableReader.OverTable(encoded);
            while (fields.Next())
                copy.Bytes(fields.Field);
            return copy.Written.SequenceEqual(encoded);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_bytes_at_all_are_a_table_or_refused() =>
        Prop.ForAll(Gen.Choose(0, 40).SelectMany(Bytes).ToArbitrary(), bytes =>
        {
            try
            {
                AmqpTableReader.Validate(bytes);
            }
            catch (AmqpProtocolException refused)
            {
                return refused.Error.Code == AmqpCode.FrameError;
            }
            return true;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_table_cut_inside_a_field_is_refused()
    {
        byte[] encoded = AmqpTable.Build(table => table.Text("key", "value")).Encoded.ToArray();
        for (int cut = 1; cut < encoded.Length; cut++)
        {
            byte[] part = encoded[..cut];
            Assert.Throws<AmqpProtocolException>(() => AmqpTableReader.Validate(part));
        }
    }

    [Fact]
    public void A_table_nested_too_deep_is_refused_instead_of_exhausting_the_stack()
    {
        byte[] nested = [];
        for (int i = 0; i <= AmqpTableReader.MaxDepth; i++)
        {
            byte[] inner = nested;
            nested = AmqpTable.Build(table => table.Any("", AmqpFieldType.Table, inner)).Encoded.ToArray();
        }
        Assert.Throws<AmqpProtocolException>(() => AmqpTableReader.Validate(nested));
    }

    [Fact]
    public void The_first_of_repeated_keys_counts()
    {
        AmqpTable table = AmqpTable.Build(fields =>
        {
            fields.Int("a", 1);
            fields.Int("a", 2);
        });

        Assert.True(table.TryGet("a", out AmqpValue value));
        Assert.Equal(1, value.Number);
    }

    /// <summary>RabbitMQ's tags, which differ from the paper's: s is an int16, l and L are both
    /// int64.</summary>
    [Theory]
    [InlineData("0161730102", 258)]
    [InlineData("01616C00000000000003E8", 1000)]
    [InlineData("01614C00000000000003E8", 1000)]
    [InlineData("016162FF", -1)]
    [InlineData("016142FF", 255)]
    [InlineData("016149FFFFFFFF", -1)]
    [InlineData("016169FFFFFFFF", 4294967295)]
    public void Integers_of_every_width_are_read_by_value(string hex, long number)
    {
        byte[] encoded = Convert.FromHexString(hex);
        Assert.True(new AmqpTable(encoded).TryGet("a", out AmqpValue value));
        Assert.Equal(number, value.Number);
        Assert.True(value.IsInteger);
    }

    [Fact]
    public void A_long_text_is_cut_to_252_bytes_and_three_dots_between_characters()
    {
        var fields = new AmqpFieldWriter();
        fields.ShortString(new string('\u00e4', 200));
        Assert.Equal(255, fields.Written[0]);
        Assert.Equal(new string('\u00e4', 126) + "...", Encoding.UTF8.GetString(fields.Written[1..]));
    }
}
