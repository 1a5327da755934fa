using System.Buffers.Binary;

namespace Cmq.MultiProtocol.Adapters.Amqp.Codec;

/// <summary>Walks the fields of an encoded table or array without copying (section 1 of the RabbitMQ
/// checklist).</summary>
/// <exception cref="AmqpProtocolException">501: the encoding is broken.</exception>
public ref struct AmqpTableReader
{
    /// <summary>Tables in tables; deeper ones are refused, because the check recurses.</summary>
    public const int MaxDepth = 64;

    private readonly ReadOnlySpan<byte> _encoded;
    private readonly bool _keyed;
    private int _position;

    private AmqpTableReader(ReadOnlySpan<byte> encoded, bool keyed)
    {
        _encoded = encoded;
        _keyed = keyed;
    }

    /// <summary>Of an array "".</summary>
    public ReadOnlySpan<byte> Key { get; private set; }

    public AmqpFieldType Type { get; private set; }

    /// <summary>The value's bytes, without tag and length.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>The whole field as it was encoded: key, tag, length, value.</summary>
    public ReadOnlySpan<byte> Field { get; private set; }

    /// <param name="encoded">The fields, without the length in front of them.</param>
    public static AmqpTableReader OverTable(ReadOnlySpan<byte> encoded) => new(encoded, keyed: true);

    /// <inheritdoc cref="OverTable"/>
    public static AmqpTableReader OverArray(ReadOnlySpan<byte> encoded) => new(encoded, keyed: false);

    /// <summary>Walks a table to its depth.</summary>
    public static void Validate(ReadOnlySpan<byte> table) => Validate(OverTable(table), depth: 1);

    /// <returns><see langword="false"/> at the end.</returns>
    public bool Next()
    {
        if (_position == _encoded.Length)
            return false;
        int start = _position;
        Key = _keyed ? Take(Take(1)[0]) : default;
        Type = (AmqpFieldType)Take(1)[0];
        Value = Take(LengthOf(Type));
        Field = _encoded[start.._position];
        return true;
    }

    public readonly long Integer() => Type switch
    {
        AmqpFieldType.Boolean => Value[0] == 0 ? 0 : 1,
        AmqpFieldType.SignedByte => unchecked((sbyte)Value[0]),
        AmqpFieldType.UnsignedByte => Value[0],
        AmqpFieldType.SignedShort => BinaryPrimitives.ReadInt16BigEndian(Value),
        AmqpFieldType.UnsignedShort => BinaryPrimitives.ReadUInt16BigEndian(Value),
        AmqpFieldType.SignedInt => BinaryPrimitives.ReadInt32BigEndian(Value),
        AmqpFieldType.UnsignedInt => BinaryPrimitives.ReadUInt32BigEndian(Value),
        AmqpFieldType.SignedLong or AmqpFieldType.SignedLongAlias or AmqpFieldType.Timestamp =>
            BinaryPrimitives.ReadInt64BigEndian(Value),
        AmqpFieldType.Float => BitConverter.DoubleToInt64Bits(BinaryPrimitives.ReadSingleBigEndian(Value)),
        AmqpFieldType.Double => BinaryPrimitives.ReadInt64BigEndian(Value),
        _ => 0,
    };

    private static void Validate(AmqpTableReader fields, int depth)
    {
        if (depth > MaxDepth)
            throw new AmqpProtocolException(AmqpCode.FrameError, $"table nested deeper than {MaxDepth}");
        while (fields.Next())
        {
            if (fields.Type == AmqpFieldType.Table)
                Validate(OverTable(fields.Value), depth + 1);
            else if (fields.Type == AmqpFieldType.Array)
                Validate(OverArray(fields.Value), depth + 1);
        }
    }

    private int LengthOf(AmqpFieldType type)
    {
        switch (type)
        {
            case AmqpFieldType.Void:
                return 0;
            case AmqpFieldType.Boolean or AmqpFieldType.SignedByte or AmqpFieldType.UnsignedByte:
                return 1;
            case AmqpFieldType.SignedShort or AmqpFieldType.UnsignedShort:
                return 2;
            case AmqpFieldType.SignedInt or AmqpFieldType.UnsignedInt or AmqpFieldType.Float:
                return 4;
            case AmqpFieldType.Decimal:
                return 5;
            case AmqpFieldType.SignedLong or AmqpFieldType.SignedLongAlias or AmqpFieldType.Double
                or AmqpFieldType.Timestamp:
                return 8;
            case AmqpFieldType.LongString or AmqpFieldType.ByteArray or AmqpFieldType.Table or AmqpFieldType.Array:
                uint length = BinaryPrimitives.ReadUInt32BigEndian(Take(4));
                if (length > _encoded.Length - _position)
                    throw AmqpProtocolException.CannotDecode(_encoded);
                return (int)length;
            default:
                throw AmqpProtocolException.CannotDecode(_encoded);
        }
    }

    private ReadOnlySpan<byte> Take(int bytes)
    {
        if (bytes > _encoded.Length - _position)
            throw AmqpProtocolException.CannotDecode(_encoded);
        ReadOnlySpan<byte> taken = _encoded.Slice(_position, bytes);
        _position += bytes;
        return taken;
    }
}
