using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec;

/// <summary>RocketMQ property blocks for everyone else, and blocks made of everyone else's
/// properties.</summary>
/// <remarks>TAGS is the tag, KEYS the keys, UNIQ_KEY the message id, the born time the publisher's time
/// stamp; an application's own properties are headers, RocketMQ's internal ones are shown to nobody. The other
/// way round content type, correlation id and the like become user properties under these names, which is how a
/// RocketMQ application would carry them, and so do the words of several tags: TAGS is what partitions filter by,
/// the routing key (docs/mapping.md).</remarks>
public sealed class RocketMqPropertyReader : IPropertyReader
{
    private const string ContentType = "content-type";
    private const string ContentEncoding = "content-encoding";
    private const string Type = "type";
    private const string UserId = "user-id";
    private const string AppId = "app-id";
    private const string Priority = "priority";
    private const string Expiration = "expiration";
    private const string TagWords = "tags";

    public PropertyFormat Format => PropertyFormat.RocketMq;

    public MessageProperties Read(ReadOnlyMemory<byte> properties)
    {
        RocketMqPropertyBlock block = RocketMqPropertyBlock.Parse(properties);
        RocketMqProperties all = RocketMqProperties.Parse(block.Properties.Span);
        return new MessageProperties
        {
            ContentType = all[ContentType],
            ContentEncoding = RocketMqCompression.CodingOf(block.SysFlag) ?? all[ContentEncoding],
            CorrelationId = all[RocketMqProperties.CorrelationId],
            ReplyTo = all[RocketMqProperties.ReplyTo],
            MessageId = all[RocketMqProperties.UniqueKey],
            TimestampMs = block.BornTimestampMs,
            Type = all[Type],
            UserId = all[UserId],
            AppId = all[AppId],
            Priority = byte.TryParse(all[Priority], CultureInfo.InvariantCulture, out byte priority) ? priority : null,
            TtlMs = long.TryParse(all[Expiration], CultureInfo.InvariantCulture, out long ttlMs) ? ttlMs : null,
            Tags = TagsOf(all),
            Keys = Words(all[RocketMqProperties.Keys]),
            Headers =
            [
                .. all.All.Where(IsHeader).Select(property => KeyValuePair.Create(property.Key, Value(property.Value))),
            ],
        };
    }

    /// <summary>A body that its producer compressed is given as it was before, with the producer's own content encoding;
    /// what cannot be undone stays, and its content encoding says how it is compressed.</summary>
    public MessageContent Content(StoredMessage message, int maxBodyBytes)
    {
        ArgumentNullException.ThrowIfNull(message);
        MessageProperties properties = Read(message.Properties);
        RocketMqPropertyBlock block = RocketMqPropertyBlock.Parse(message.Properties);
        if (!RocketMqCompression.TryUndo(block.SysFlag, message.Body, maxBodyBytes, out byte[]? plain))
            return new MessageContent(properties, message.Body);
        string? encoding = RocketMqProperties.Find(block.Properties.Span, Encoding.UTF8.GetBytes(ContentEncoding));
        return new MessageContent(properties with { ContentEncoding = encoding }, new ReadOnlySequence<byte>(plain));
    }

    public IRoutingHeaders ReadHeaders(ReadOnlyMemory<byte> properties) =>
        new RocketMqRoutingHeaders(RocketMqPropertyBlock.Parse(properties).Properties);

    /// <summary>Makes a block of a message that came by another protocol.</summary>
    /// <param name="properties">What its own adapter read from it.</param>
    /// <param name="tag">What its partition filters by.</param>
    /// <param name="publishedMs">Its log time, for a born time where the publisher gave none.</param>
    public static RocketMqPropertyBlock Make(MessageProperties properties, string tag, long publishedMs)
    {
        ArgumentNullException.ThrowIfNull(properties);
        var all = new RocketMqProperties
        {
            [ContentType] = Clean(properties.ContentType),
            [ContentEncoding] = Clean(properties.ContentEncoding),
            [RocketMqProperties.CorrelationId] = Clean(properties.CorrelationId),
            [RocketMqProperties.ReplyTo] = Clean(properties.ReplyTo),
            [Type] = Clean(properties.Type),
            [UserId] = Clean(properties.UserId),
            [AppId] = Clean(properties.AppId),
            [Priority] = properties.Priority?.ToString(CultureInfo.InvariantCulture),
            [Expiration] = properties.TtlMs?.ToString(CultureInfo.InvariantCulture),
        };
        foreach ((string name, HeaderValue value) in properties.Headers)
        {
            // A header never takes the place of a property, and says nothing to RocketMQ's clients themselves.
            if (!RocketMqInternalNames.Contains(name) && Text(value) is { } text && IsClean(name) && IsClean(text))
                all[name] ??= text;
        }
        if (properties.MessageId is { } id && IsClean(id))
            all[RocketMqProperties.UniqueKey] ??= id;
        if (properties.Keys.Where(IsClean).ToArray() is { Length: > 0 } keys)
            all[RocketMqProperties.Keys] = string.Join(' ', keys);
        string[] tags = [.. properties.Tags.Where(IsClean)];
        if (tags.Length > 1 || (tags is [var only] && only != tag))
            all[TagWords] = string.Join(' ', tags);
        if (tag.Length > 0 && IsClean(tag))
            all[RocketMqProperties.Tags] = tag;
        return new RocketMqPropertyBlock { BornTimestampMs = properties.TimestampMs ?? publishedMs }.With(Fitting(all));
    }

    internal static HeaderValue Value(string text) =>
        new(HeaderValueKind.Bytes, 0, Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text)));

    private static bool IsHeader(KeyValuePair<string, string> property) =>
        !RocketMqInternalNames.Contains(property.Key)
        && property.Key is not (ContentType or ContentEncoding or Type or UserId or AppId or Priority or Expiration
            or TagWords);

    /// <summary>The words beside the tag, where there are such; else the tag.</summary>
    private static string[] TagsOf(RocketMqProperties all)
    {
        if (all[TagWords] is { } words)
            return Words(words);
        return all[RocketMqProperties.Tags] is { Length: > 0 } tag ? [tag] : [];
    }

    private static string[] Words(string? text) => text?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];

    private static string? TextOf(byte[] bytes) => Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : null;

    /// <summary>The form in which a string property shows a header; null for tables, bytes that are no text
    /// and the like.</summary>
    private static string? Text(HeaderValue value) => value.Kind switch
    {
        HeaderValueKind.Boolean => value.Number != 0 ? "true" : "false",
        HeaderValueKind.Integer or HeaderValueKind.Timestamp =>
            value.Number.ToString(CultureInfo.InvariantCulture),
        HeaderValueKind.Float => BitConverter.Int64BitsToDouble(value.Number)
            .ToString("R", CultureInfo.InvariantCulture),
        HeaderValueKind.Bytes => TextOf(Encoding.Latin1.GetBytes(value.Text)),
        HeaderValueKind.Void => "",
        _ => null,
    };

    private static string? Clean(string? text) => text is not null && IsClean(text) ? text : null;

    /// <summary>The two separators would make other properties of it.</summary>
    private static bool IsClean(string text) => !text.AsSpan().ContainsAny('\u0001', '\u0002');

    /// <summary>Records have 15 bits for the length: what does not fit is left out, the last first.</summary>
    private static RocketMqProperties Fitting(RocketMqProperties all)
    {
        var fitting = new RocketMqProperties();
        int bytes = 0;
        foreach ((string name, string value) in all.All)
        {
            bytes += Encoding.UTF8.GetByteCount(name) + Encoding.UTF8.GetByteCount(value) + 2;
            if (bytes > RocketMqProperties.MaxBytes)
                break;
            fitting[name] = value;
        }
        return fitting;
    }
}
