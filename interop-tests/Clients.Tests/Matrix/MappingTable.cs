using System.Diagnostics;
using System.Globalization;

namespace Cmq.MultiProtocol.Interop.Clients.Matrix;

/// <summary>docs/mapping.md as code: one column for each protocol, in the names of its client (interop-tests/matrix).
/// </summary>
internal static class MappingTable
{
    public const string Amqp = "amqp";
    public const string Mqtt = "mqtt";
    public const string RocketMq = "rocketmq";
    public const string Http = "http";

    /// <summary>CMQ HTTP's other way: through a topic.</summary>
    public const string HttpTopic = "http-topic";

    /// <summary>The second tag of what is published to a CMQ topic; the first one is the key.</summary>
    public const string SecondTag = "red";

    /// <summary>A message as a client of a protocol sets it, and as it gets to see it.</summary>
    /// <param name="protocol">Whose words.</param>
    /// <param name="message">The message.</param>
    /// <param name="key">The routing key that it has.</param>
    public static Dictionary<string, object> Column(string protocol, SampleMessage message, string key)
    {
        var column = new Dictionary<string, object?>();
        switch (protocol)
        {
            case Amqp:
                FillAmqp(column, message);
                break;
            case Mqtt:
                FillMqtt(column, message);
                break;
            case RocketMq:
                FillRocketMq(column, message, key);
                break;
            case Http or HttpTopic:
                break;
            default:
                throw new UnreachableException();
        }
        return column.Where(cell => cell.Value is not null).ToDictionary(cell => cell.Key, cell => cell.Value!);
    }

    /// <summary>What is left of a message that was published by a protocol when another one asks for it. The time of
    /// publishing, where the client sets it itself, is no part of it.</summary>
    /// <param name="from">Whose client published it.</param>
    /// <param name="to">Whose client gets it.</param>
    /// <param name="message">As it was meant to be.</param>
    /// <param name="key">The routing key that it has.</param>
    public static SampleMessage Left(string from, string to, SampleMessage message, string key) => from switch
    {
        Amqp => message,
        Mqtt => message with { Headers = Texts(message.Headers) },
        // It has one tag, and nothing that it could expire by.
        RocketMq => message with { Headers = Texts(message.Headers), TimestampMs = null, Expires = false, Tags = [key] },
        Http when to == Amqp => new SampleMessage { ContentType = "text/plain; charset=utf-8" },
        Http or HttpTopic => new SampleMessage
        {
            ContentType = "text/plain; charset=utf-8",
            Tags = [key, SecondTag],
        },
        _ => throw new UnreachableException(),
    };

    private static void FillAmqp(Dictionary<string, object?> column, SampleMessage message)
    {
        column["contentType"] = message.ContentType;
        column["contentEncoding"] = message.ContentEncoding;
        column["correlationId"] = message.CorrelationId;
        column["replyTo"] = message.ReplyTo;
        column["messageId"] = message.MessageId;
        column["timestamp"] = message.TimestampMs / 1000;
        column["type"] = message.Type;
        column["userId"] = message.UserId;
        column["appId"] = message.AppId;
        column["priority"] = message.Priority;
        column["expiration"] = Text(message.TtlMs);
        column["deliveryMode"] = 2;
        column["headers.tags"] = Words(message.Tags);
        column["headers.keys"] = Words(message.Keys);
        foreach ((string name, object value) in message.Headers)
            column[$"headers.{name}"] = value;
    }

    private static void FillMqtt(Dictionary<string, object?> column, SampleMessage message)
    {
        column["contentType"] = message.ContentType;
        column["correlationData"] = message.CorrelationId;
        column["responseTopic"] = message.ReplyTo?.Replace('.', '/');
        if (message.Expires)
            column["messageExpiryInterval"] = message.TtlMs / 1000;
        else
            column["userProperties.expiration"] = Text(message.TtlMs);
        column["userProperties.content-encoding"] = message.ContentEncoding;
        column["userProperties.message-id"] = message.MessageId;
        column["userProperties.timestamp"] = Text(message.TimestampMs);
        column["userProperties.type"] = message.Type;
        column["userProperties.user-id"] = message.UserId;
        column["userProperties.app-id"] = message.AppId;
        column["userProperties.priority"] = Text(message.Priority);
        column["userProperties.tags"] = Words(message.Tags);
        column["userProperties.keys"] = Words(message.Keys);
        foreach ((string name, object value) in Texts(message.Headers))
            column[$"userProperties.{name}"] = value;
    }

    private static void FillRocketMq(Dictionary<string, object?> column, SampleMessage message, string key)
    {
        column["content-type"] = message.ContentType;
        column["content-encoding"] = message.ContentEncoding;
        column["CORRELATION_ID"] = message.CorrelationId;
        column["REPLY_TO_CLIENT"] = message.ReplyTo;
        column["UNIQ_KEY"] = message.MessageId;
        column["bornTimestamp"] = message.TimestampMs;
        column["type"] = message.Type;
        column["user-id"] = message.UserId;
        column["app-id"] = message.AppId;
        column["priority"] = Text(message.Priority);
        column["expiration"] = Text(message.TtlMs);
        column["TAGS"] = key;
        column["tags"] = message.Tags is [var only] && only == key ? null : Words(message.Tags);
        column["KEYS"] = Words(message.Keys);
        foreach ((string name, object value) in Texts(message.Headers))
            column[name] = value;
    }

    private static string? Text(long? number) => number?.ToString(CultureInfo.InvariantCulture);

    private static string? Words(string[] words) => words.Length == 0 ? null : string.Join(' ', words);

    private static Dictionary<string, object> Texts(IReadOnlyDictionary<string, object> headers) => headers.ToDictionary(
        header => header.Key, header => (object)Convert.ToString(header.Value, CultureInfo.InvariantCulture)!);
}
