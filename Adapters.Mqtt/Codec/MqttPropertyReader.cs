using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Codec;

/// <summary>MQTT property blocks for everyone else, and MQTT properties made of everyone else's.</summary>
public sealed class MqttPropertyReader : IPropertyReader
{
    public PropertyFormat Format => PropertyFormat.Mqtt;

    public MessageProperties Read(ReadOnlyMemory<byte> properties)
    {
        var result = new MessageProperties();
        List<KeyValuePair<string, HeaderValue>> headers = [];
        var reader = new MqttFieldReader(MqttPropertyBlock.Read(properties).Forwarded.Span);
        while (!reader.IsAtEnd)
        {
            switch ((MqttPropertyId)reader.Byte())
            {
                case MqttPropertyId.PayloadFormat:
                    // Only MQTT knows it.
                    reader.Byte();
                    break;
                case MqttPropertyId.ContentType:
                    result = result with { ContentType = reader.Text() };
                    break;
                case MqttPropertyId.ResponseTopic:
                    result = result with { ReplyTo = LevelKey.ToDotted(MqttTopics.ToKey(reader.Text())) };
                    break;
                case MqttPropertyId.CorrelationData:
                    ReadOnlySpan<byte> data = reader.Take(reader.Short());
                    result = result with
                    {
                        CorrelationId = Utf8.IsValid(data)
                            ? Encoding.UTF8.GetString(data)
                            : Convert.ToBase64String(data),
                    };
                    break;
                case MqttPropertyId.UserProperty:
                    string name = reader.Text();
                    ReadOnlySpan<byte> value = reader.TextBytes();
                    if (!MqttUserProperties.TryPlace(ref result, name, Encoding.UTF8.GetString(value)))
                        headers.Add(new(name, new HeaderValue(HeaderValueKind.Bytes, 0, Encoding.Latin1.GetString(value))));
                    break;
                case var id:
                    throw MqttProtocolException.Malformed($"property {id} in a stored block");
            }
        }
        return result with { Headers = headers };
    }

    public IRoutingHeaders ReadHeaders(ReadOnlyMemory<byte> properties) =>
        new MqttRoutingHeaders(Read(properties).Headers);

    /// <summary>Makes forwarded properties of a message that came by another protocol.</summary>
    /// <param name="properties">What its own adapter read from it; with a time to live only if the message does not
    /// expire by it, for else it goes into the expiry interval.</param>
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
        foreach ((string name, string value) in MqttUserProperties.Of(properties))
            User(name, value);
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
