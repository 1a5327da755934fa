using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Codec;

/// <summary>MQTT property blocks for everyone else, and MQTT properties made of everyone else's.</summary>
public sealed class MqttPropertyReader : IPropertyReader
{
    /// <summary>Header that shows the QoS to readers of other protocols, as RabbitMQ's does.</summary>
    public const string QoSHeader = "x-mqtt-publish-qos";

    /// <summary>Header for the payload format indicator.</summary>
    public const string PayloadFormatHeader = "x-mqtt-payload-format";

    /// <summary>Header for correlation data that is no text.</summary>
    public const string CorrelationHeader = "x-mqtt-correlation-data";

    private const int MaxCorrelationIdBytes = 255;

    public PropertyFormat Format => PropertyFormat.Mqtt;

    public MessageProperties Read(ReadOnlyMemory<byte> properties)
    {
        MqttPropertyBlock block = MqttPropertyBlock.Read(properties);
        var headers = new List<KeyValuePair<string, HeaderValue>>
        {
            new(QoSHeader, new HeaderValue(HeaderValueKind.Integer, (long)block.QoS, "")),
        };
        var result = new MessageProperties { Headers = headers };
        var reader = new MqttFieldReader(block.Forwarded.Span);
        while (!reader.IsAtEnd)
        {
            switch ((MqttPropertyId)reader.Byte())
            {
                case MqttPropertyId.PayloadFormat:
                    headers.Add(new(PayloadFormatHeader, new HeaderValue(HeaderValueKind.Integer, reader.Byte(), "")));
                    break;
                case MqttPropertyId.ContentType:
                    result = result with { ContentType = reader.Text() };
                    break;
                case MqttPropertyId.ResponseTopic:
                    result = result with { ReplyTo = LevelKey.ToDotted(MqttTopics.ToKey(reader.Text())) };
                    break;
                case MqttPropertyId.CorrelationData:
                    ReadOnlySpan<byte> data = reader.Take(reader.Short());
                    if (data.Length <= MaxCorrelationIdBytes && Utf8.IsValid(data))
                        result = result with { CorrelationId = Encoding.UTF8.GetString(data) };
                    else
                        headers.Add(new(CorrelationHeader, Bytes(data)));
                    break;
                case MqttPropertyId.UserProperty:
                    headers.Add(new(reader.Text(), Bytes(reader.TextBytes())));
                    break;
                case var id:
                    throw MqttProtocolException.Malformed($"property {id} in a stored block");
            }
        }
        return result;
    }

    public IRoutingHeaders ReadHeaders(ReadOnlyMemory<byte> properties) =>
        new MqttRoutingHeaders(Read(properties).Headers);

    /// <summary>Makes forwarded properties of a message that came by another protocol.</summary>
    public static byte[] Write(MessageProperties properties)
    {
        var output = new MqttFieldWriter();
        Text(MqttPropertyId.ContentType, properties.ContentType);
        if (properties.ReplyTo is { } replyTo && MqttTopics.IsTopicName(replyTo))
            Text(MqttPropertyId.ResponseTopic, MqttTopics.FromKey(replyTo));
        if (properties.CorrelationId is { } correlation)
        {
            output.Byte((byte)MqttPropertyId.CorrelationData);
            output.Binary(Encoding.UTF8.GetBytes(correlation).AsSpan(0, Math.Min(
                Encoding.UTF8.GetByteCount(correlation), MqttText.MaxBytes)));
        }
        User("message-id", properties.MessageId);
        User("type", properties.Type);
        User("app-id", properties.AppId);
        User("content-encoding", properties.ContentEncoding);
        foreach ((string name, HeaderValue value) in properties.Headers)
            User(name, Shown(value));
        return output.Written.ToArray();

        void Text(MqttPropertyId id, string? text)
        {
            if (text is null || !IsText(text))
                return;
            output.Byte((byte)id);
            output.Text(text);
        }

        void User(string name, string? value)
        {
            if (value is null || !IsText(name) || !IsText(value))
                return;
            output.Byte((byte)MqttPropertyId.UserProperty);
            output.Text(name);
            output.Text(value);
        }
    }

    private static HeaderValue Bytes(ReadOnlySpan<byte> bytes) =>
        new(HeaderValueKind.Bytes, 0, Encoding.Latin1.GetString(bytes));

    /// <summary>What other protocols allow in a text is not all allowed here; such a property is left out.</summary>
    private static bool IsText(string text) =>
        !text.Contains('\0', StringComparison.Ordinal) && Encoding.UTF8.GetByteCount(text) <= MqttText.MaxBytes;

    /// <summary>Null: has no form as text.</summary>
    private static string? Shown(HeaderValue value)
    {
        switch (value.Kind)
        {
            case HeaderValueKind.Void:
                return "";
            case HeaderValueKind.Boolean:
                return value.Number != 0 ? "true" : "false";
            case HeaderValueKind.Integer or HeaderValueKind.Timestamp:
                return value.Number.ToString(CultureInfo.InvariantCulture);
            case HeaderValueKind.Float:
                return BitConverter.Int64BitsToDouble(value.Number).ToString("R", CultureInfo.InvariantCulture);
            case HeaderValueKind.Bytes:
                byte[] bytes = Encoding.Latin1.GetBytes(value.Text);
                return Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : null;
            default:
                return null;
        }
    }

    private sealed class MqttRoutingHeaders(IReadOnlyList<KeyValuePair<string, HeaderValue>> headers) : IRoutingHeaders
    {
        public bool TryGet(string name, [NotNullWhen(true)] out HeaderValue? value)
        {
            foreach ((string header, HeaderValue found) in headers)
            {
                if (header != name)
                    continue;
                value = found;
                return true;
            }
            value = null;
            return false;
        }
    }
}
