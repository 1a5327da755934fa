using System.Diagnostics.CodeAnalysis;
using System.Text;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Amqp.Codec;

/// <summary>A message's headers, looked up in the encoded table when a topic asks for one.</summary>
/// <param name="headers">Encoded table without length.</param>
public sealed class AmqpRoutingHeaders(ReadOnlyMemory<byte> headers) : IRoutingHeaders
{
    /// <summary>Looks into another table from now on; a channel uses one object for all its
    /// publishes.</summary>
    public void Reset(ReadOnlyMemory<byte> other) => headers = other;

    public bool TryGet(string name, [NotNullWhen(true)] out HeaderValue? value)
    {
        value = null;
        Span<byte> wanted = stackalloc byte[AmqpFieldWriter.MaxShortStringBytes];
        if (!Encoding.UTF8.TryGetBytes(name, wanted, out int length))
            return false;
        wanted = wanted[..length];
        var fields = AmqpTableReader.OverTable(headers.Span);
        while (fields.Next())
        {
            if (!fields.Key.SequenceEqual(wanted))
                continue;
            value = Value(fields);
            return true;
        }
        return false;
    }

    /// <summary>The form in which values compare: integers by value, strings and byte arrays by
    /// bytes.</summary>
    internal static HeaderValue Value(in AmqpTableReader field) => field.Type switch
    {
        AmqpFieldType.Void => HeaderValue.Void,
        AmqpFieldType.Boolean => new(HeaderValueKind.Boolean, field.Integer(), ""),
        AmqpFieldType.Float or AmqpFieldType.Double => new(HeaderValueKind.Float, field.Integer(), ""),
        AmqpFieldType.LongString or AmqpFieldType.ByteArray =>
            new(HeaderValueKind.Bytes, 0, Encoding.Latin1.GetString(field.Value)),
        AmqpFieldType.Timestamp => new(HeaderValueKind.Timestamp, field.Integer(), ""),
        AmqpFieldType.Table or AmqpFieldType.Array or AmqpFieldType.Decimal =>
            new(HeaderValueKind.Other, 0, (char)field.Type + Encoding.Latin1.GetString(field.Value)),
        _ => new(HeaderValueKind.Integer, field.Integer(), ""),
    };
}
