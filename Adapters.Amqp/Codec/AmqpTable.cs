using System.Text;

namespace Cmq.MultiProtocol.Adapters.Amqp.Codec;

/// <summary>A field table, kept as it was encoded; lookups take the first of repeated keys.</summary>
/// <param name="Encoded">The fields, without the length in front of them; checked when it was read.</param>
public readonly record struct AmqpTable(ReadOnlyMemory<byte> Encoded)
{
    public static readonly AmqpTable Empty;

    public bool IsEmpty => Encoded.IsEmpty;

    public bool TryGet(string key, out AmqpValue value)
    {
        Span<byte> wanted = stackalloc byte[AmqpFieldWriter.MaxShortStringBytes];
        value = default;
        if (!Encoding.UTF8.TryGetBytes(key, wanted, out int length))
            return false;
        wanted = wanted[..length];
        var fields = AmqpTableReader.OverTable(Encoded.Span);
        while (fields.Next())
        {
            if (!fields.Key.SequenceEqual(wanted))
                continue;
            value = AmqpValue.From(fields);
            return true;
        }
        return false;
    }

    /// <summary>True only for a boolean field that is set; how capabilities are asked for.</summary>
    public bool IsTrue(string key) =>
        TryGet(key, out AmqpValue value) && value is { Type: AmqpFieldType.Boolean, Number: not 0 };

    /// <summary>The nested table of that name, or an empty one.</summary>
    public AmqpTable Nested(string key) =>
        TryGet(key, out AmqpValue value) && value.Type == AmqpFieldType.Table ? new AmqpTable(value.Bytes) : Empty;

    /// <summary>Makes a table; the calls in <paramref name="fill"/> append fields.</summary>
    public static AmqpTable Build(Action<AmqpTableWriter> fill)
    {
        var fields = new AmqpFieldWriter();
        fill(new AmqpTableWriter(fields));
        return new AmqpTable(fields.Written.ToArray());
    }

    /// <summary>Reads a table that another door may have stored; what is none counts as empty.</summary>
    public static AmqpTable FromStored(ReadOnlyMemory<byte> encoded)
    {
        try
        {
            AmqpTableReader.Validate(encoded.Span);
            return new AmqpTable(encoded);
        }
        catch (AmqpProtocolException)
        {
            // Declared through another protocol, whose arguments are not ours to read.
            return Empty;
        }
    }
}
