using System.Globalization;
using System.Text;

namespace Cmq.MultiProtocol.Adapters.Amqp.Codec;

/// <summary>One field's value.</summary>
/// <param name="Number">Integers, booleans (0 or 1), timestamps; the bits of a double for floats.</param>
/// <param name="Bytes">Of strings, arrays, tables, decimals.</param>
public readonly record struct AmqpValue(AmqpFieldType Type, long Number, ReadOnlyMemory<byte> Bytes)
{
    public bool IsInteger => Type.IsInteger;

    public bool IsText => Type == AmqpFieldType.LongString;

    /// <summary>As RabbitMQ shows it in the text of an inequivalence.</summary>
    public string Text => Type switch
    {
        AmqpFieldType.Boolean => Number == 0 ? "false" : "true",
        AmqpFieldType.LongString or AmqpFieldType.ByteArray => Encoding.UTF8.GetString(Bytes.Span),
        AmqpFieldType.Float or AmqpFieldType.Double =>
            BitConverter.Int64BitsToDouble(Number).ToString(CultureInfo.InvariantCulture),
        AmqpFieldType.Void => "undefined",
        AmqpFieldType.Table or AmqpFieldType.Array or AmqpFieldType.Decimal => ErlangText.Binary(Bytes.Span),
        _ => Number.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>Integers compare by value, whatever their width; everything else by type and
    /// content.</summary>
    public bool Matches(in AmqpValue other) =>
        IsInteger == other.IsInteger && (IsInteger || Type == other.Type) && Number == other.Number
        && Bytes.Span.SequenceEqual(other.Bytes.Span);

    internal static AmqpValue From(in AmqpTableReader field) => field.Type switch
    {
        AmqpFieldType.LongString or AmqpFieldType.ByteArray or AmqpFieldType.Table or AmqpFieldType.Array
            or AmqpFieldType.Decimal => new(field.Type, 0, field.Value.ToArray()),
        _ => new(field.Type, field.Integer(), default),
    };
}
