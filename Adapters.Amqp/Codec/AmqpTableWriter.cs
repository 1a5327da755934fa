using System.Text;

namespace Cmq.MultiProtocol.Adapters.Amqp.Codec;

/// <summary>Appends fields to a table.</summary>
public readonly struct AmqpTableWriter(AmqpFieldWriter fields)
{
    public void Boolean(string key, bool value)
    {
        Begin(key, AmqpFieldType.Boolean);
        fields.Octet(value ? (byte)1 : (byte)0);
    }

    public void Int(string key, int value)
    {
        Begin(key, AmqpFieldType.SignedInt);
        fields.Long(unchecked((uint)value));
    }

    public void Long(string key, long value)
    {
        Begin(key, AmqpFieldType.SignedLong);
        fields.LongLong(unchecked((ulong)value));
    }

    public void Double(string key, double value)
    {
        Begin(key, AmqpFieldType.Double);
        fields.LongLong(unchecked((ulong)BitConverter.DoubleToInt64Bits(value)));
    }

    /// <param name="seconds">Since 1970.</param>
    public void Timestamp(string key, long seconds)
    {
        Begin(key, AmqpFieldType.Timestamp);
        fields.LongLong(unchecked((ulong)seconds));
    }

    public void Text(string key, string value) => Bytes(key, Encoding.UTF8.GetBytes(value));

    public void Bytes(string key, ReadOnlySpan<byte> value)
    {
        Begin(key, AmqpFieldType.LongString);
        fields.LongString(value);
    }

    public void Void(string key) => Begin(key, AmqpFieldType.Void);

    public void Table(string key, Action<AmqpTableWriter> fill)
    {
        Begin(key, AmqpFieldType.Table);
        int length = fields.BeginLength();
        fill(this);
        fields.EndLength(length);
    }

    /// <summary>A field of any type; <paramref name="value"/> is without its length.</summary>
    public void Any(string key, AmqpFieldType type, ReadOnlySpan<byte> value)
    {
        Begin(key, type);
        if (type is AmqpFieldType.LongString or AmqpFieldType.ByteArray or AmqpFieldType.Table or AmqpFieldType.Array)
            fields.Long((uint)value.Length);
        fields.Bytes(value);
    }

    private void Begin(string key, AmqpFieldType type)
    {
        fields.ShortString(key);
        fields.Octet((byte)type);
    }
}
