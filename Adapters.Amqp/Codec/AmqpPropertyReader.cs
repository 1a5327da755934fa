using System.Globalization;
using System.Text;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Amqp.Codec;

/// <summary>AMQP property blocks for everyone else, and blocks made of everyone else's properties
/// (docs/mapping.md).</summary>
public sealed class AmqpPropertyReader : IPropertyReader
{
    private const byte PersistentMode = 2;

    /// <summary>Headers for what AMQP has no property for: words, joined by a space.</summary>
    private const string Tags = "tags";
    private const string Keys = "keys";

    public PropertyFormat Format => PropertyFormat.Amqp;

    public MessageProperties Read(ReadOnlyMemory<byte> properties)
    {
        AmqpPropertyBlock block = AmqpPropertyBlock.Parse(properties.Span);
        long? ttl = block.Has(AmqpProperty.Expiration)
            && AmqpExpiration.TryParse(block.ShortString(AmqpProperty.Expiration), out long ms, out _) ? ms : null;
        List<KeyValuePair<string, HeaderValue>> headers = Headers(block.Headers);
        return new MessageProperties
        {
            ContentType = block.Text(AmqpProperty.ContentType),
            ContentEncoding = block.Text(AmqpProperty.ContentEncoding),
            CorrelationId = block.Text(AmqpProperty.CorrelationId),
            ReplyTo = block.Text(AmqpProperty.ReplyTo),
            MessageId = block.Text(AmqpProperty.MessageId),
            TimestampMs = TimestampMs(block.Timestamp),
            Type = block.Text(AmqpProperty.Type),
            UserId = block.Text(AmqpProperty.UserId),
            AppId = block.Text(AmqpProperty.AppId),
            Priority = block.Has(AmqpProperty.Priority) ? block.Octet(AmqpProperty.Priority) : null,
            TtlMs = ttl,
            Tags = TakeWords(headers, Tags),
            Keys = TakeWords(headers, Keys),
            Headers = headers,
        };
    }

    public IRoutingHeaders ReadHeaders(ReadOnlyMemory<byte> properties) =>
        new AmqpRoutingHeaders(AmqpPropertyBlock.Parse(properties.Span).Headers.ToArray());

    /// <summary>Makes a block of a message that came by another protocol.</summary>
    /// <param name="properties">What its own adapter read from it.</param>
    /// <param name="persistent">Sets delivery-mode 2.</param>
    /// <param name="ttlMs">The message's own time to live, or null.</param>
    /// <param name="output">Appended to.</param>
    public static void Write(
        MessageProperties properties, bool persistent, long? ttlMs, AmqpFieldWriter output)
    {
        properties = WithoutLongTexts(properties);
        string? expiration = (ttlMs ?? properties.TtlMs)?.ToString(CultureInfo.InvariantCulture);
        var headers = new AmqpFieldWriter();
        WriteHeaders(properties, new AmqpTableWriter(headers));

        int flags = 0;
        var values = new AmqpFieldWriter();
        Text(AmqpProperty.ContentType, properties.ContentType);
        Text(AmqpProperty.ContentEncoding, properties.ContentEncoding);
        if (headers.Length > 0 && Flag(AmqpProperty.Headers))
            values.LongString(headers.Written);
        if (persistent && Flag(AmqpProperty.DeliveryMode))
            values.Octet(PersistentMode);
        if (properties.Priority is { } priority && Flag(AmqpProperty.Priority))
            values.Octet(priority);
        Text(AmqpProperty.CorrelationId, properties.CorrelationId);
        Text(AmqpProperty.ReplyTo, properties.ReplyTo);
        Text(AmqpProperty.Expiration, expiration);
        Text(AmqpProperty.MessageId, properties.MessageId);
        if (properties.TimestampMs is { } timestampMs and >= 0 && Flag(AmqpProperty.Timestamp))
            values.LongLong((ulong)timestampMs / 1000);
        Text(AmqpProperty.Type, properties.Type);
        Text(AmqpProperty.UserId, properties.UserId);
        Text(AmqpProperty.AppId, properties.AppId);
        output.Short((ushort)flags);
        output.Bytes(values.Written);

        bool Flag(AmqpProperty property)
        {
            flags |= AmqpPropertyBlock.FlagOf((int)property);
            return true;
        }

        void Text(AmqpProperty property, string? text)
        {
            if (text is not null && Flag(property))
                values.ShortString(text);
        }
    }

    /// <summary>A text that no short string holds becomes a header of its property's name: a part of a correlation id
    /// or of an address is another one.</summary>
    private static MessageProperties WithoutLongTexts(MessageProperties properties)
    {
        List<KeyValuePair<string, HeaderValue>> moved = [];
        MessageProperties rest = properties with
        {
            ContentType = Fitting("content-type", properties.ContentType),
            ContentEncoding = Fitting("content-encoding", properties.ContentEncoding),
            CorrelationId = Fitting("correlation-id", properties.CorrelationId),
            ReplyTo = Fitting("reply-to", properties.ReplyTo),
            MessageId = Fitting("message-id", properties.MessageId),
            Type = Fitting("type", properties.Type),
            UserId = Fitting("user-id", properties.UserId),
            AppId = Fitting("app-id", properties.AppId),
        };
        return moved.Count == 0 ? properties : rest with { Headers = [.. properties.Headers, .. moved] };

        string? Fitting(string name, string? text)
        {
            if (text is null || Encoding.UTF8.GetByteCount(text) <= AmqpFieldWriter.MaxShortStringBytes)
                return text;
            // A header of that name is the application's own.
            if (!properties.Headers.Any(header => header.Key == name))
            {
                string bytes = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));
                moved.Add(new(name, new HeaderValue(HeaderValueKind.Bytes, 0, bytes)));
            }
            return null;
        }
    }

    private static void WriteHeaders(MessageProperties properties, AmqpTableWriter headers)
    {
        foreach ((string name, HeaderValue value) in properties.Headers)
        {
            switch (value.Kind)
            {
                case HeaderValueKind.Void:
                    headers.Void(name);
                    break;
                case HeaderValueKind.Boolean:
                    headers.Boolean(name, value.Number != 0);
                    break;
                case HeaderValueKind.Integer:
                    headers.Long(name, value.Number);
                    break;
                case HeaderValueKind.Float:
                    headers.Double(name, BitConverter.Int64BitsToDouble(value.Number));
                    break;
                case HeaderValueKind.Timestamp:
                    headers.Timestamp(name, value.Number);
                    break;
                default:
                    headers.Bytes(name, Encoding.Latin1.GetBytes(value.Text));
                    break;
            }
        }
        Words(Tags, properties.Tags);
        Words(Keys, properties.Keys);

        void Words(string name, IReadOnlyList<string> words)
        {
            if (words.Count > 0)
                headers.Text(name, string.Join(' ', words));
        }
    }

    /// <summary>The words of a header that has a place of its own; one that is no text stays a header.</summary>
    private static string[] TakeWords(List<KeyValuePair<string, HeaderValue>> headers, string name)
    {
        int at = headers.FindIndex(header => header.Key == name && header.Value.Kind == HeaderValueKind.Bytes);
        if (at < 0)
            return [];
        string text = Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(headers[at].Value.Text));
        headers.RemoveAt(at);
        return text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    private static List<KeyValuePair<string, HeaderValue>> Headers(ReadOnlySpan<byte> table)
    {
        var headers = new List<KeyValuePair<string, HeaderValue>>();
        var fields = AmqpTableReader.OverTable(table);
        while (fields.Next())
            headers.Add(new(Encoding.UTF8.GetString(fields.Key), AmqpRoutingHeaders.Value(fields)));
        return headers;
    }

    /// <summary>Clients that send milliseconds, against the definition, overflow here; the value then says
    /// nothing.</summary>
    private static long? TimestampMs(ulong? seconds) =>
        seconds is { } value and <= long.MaxValue / 1000 ? (long)value * 1000 : null;
}
