using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec;

/// <summary>Headers as JSON objects (specification section 2).</summary>
internal static class RocketMqJsonHeader
{
    /// <summary>Control characters of properties are escaped, all else is plain, as Java clients write
    /// it.</summary>
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Upper-case names in the order of <see cref="RocketMqLanguage"/>.</summary>
    private static readonly string[] Languages =
    [
        .. Enum.GetValues<RocketMqLanguage>().Select(language => language.ToString().ToUpperInvariant()),
    ];

    /// <exception cref="RocketMqProtocolException">The bytes are no JSON object, or a number is
    /// none.</exception>
    public static RocketMqCommand Read(ReadOnlySpan<byte> header, byte[] body)
    {
        var fields = new Head();
        var json = new Utf8JsonReader(header);
        try
        {
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
                throw RocketMqProtocolException.Framing("the header is no JSON object");
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
                ReadField(ref fields, ref json);
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException or FormatException)
        {
            throw RocketMqProtocolException.Framing($"the header is no command: {broken.Message}");
        }
        return new RocketMqCommand(fields.Code, fields.Opaque, fields.Flag)
        {
            Version = fields.Version,
            Language = fields.Language,
            Remark = fields.Remark,
            Fields = fields.Fields,
            Body = body,
        };
    }

    /// <summary>For <see cref="Write"/>, again and again.</summary>
    public static Utf8JsonWriter NewWriter(IBufferWriter<byte> output) => new(output, Plain);

    public static void Write(RocketMqCommand command, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("code"u8, command.Code);
        if (command.Fields is { } fields)
        {
            json.WriteStartObject("extFields"u8);
            foreach ((string name, string value) in fields.All)
                json.WriteString(name, value);
            json.WriteEndObject();
        }
        json.WriteNumber("flag"u8, command.Flag);
        json.WriteString("language"u8, Languages[(int)command.Language]);
        json.WriteNumber("opaque"u8, command.Opaque);
        if (command.Remark is not null)
            json.WriteString("remark"u8, command.Remark);
        json.WriteString("serializeTypeCurrentRPC"u8, "JSON"u8);
        json.WriteNumber("version"u8, command.Version);
        json.WriteEndObject();
        json.Flush();
    }

    private static void ReadField(ref Head head, ref Utf8JsonReader json)
    {
        string name = Text(ref json);
        json.Read();
        switch (name)
        {
            case "code":
                head.Code = json.GetInt32();
                break;
            case "flag":
                head.Flag = json.GetInt32();
                break;
            case "opaque":
                head.Opaque = json.GetInt32();
                break;
            case "version":
                head.Version = json.GetInt32();
                break;
            case "language":
                head.Language = Language(Scalar(ref json));
                break;
            case "remark":
                head.Remark = Scalar(ref json);
                break;
            case "extFields" when json.TokenType == JsonTokenType.StartObject:
                head.Fields = ReadFields(ref json);
                break;
            default:
                json.Skip();
                break;
        }
    }

    private static RocketMqFields ReadFields(ref Utf8JsonReader json)
    {
        var fields = new RocketMqFields();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string name = Text(ref json);
            json.Read();
            fields.Add(name, Scalar(ref json));
        }
        return fields;
    }

    private static string Text(ref Utf8JsonReader json)
    {
        if (json.ValueIsEscaped)
            return json.GetString()!;
        if (RocketMqStrings.TryFind(json.ValueSpan, out string text))
            return text;
        // It refuses what is no UTF-8, so only what is, is kept.
        text = json.GetString()!;
        RocketMqStrings.Keep(json.ValueSpan, text);
        return text;
    }

    /// <summary>Strings, numbers and booleans as text; null for anything else, which is skipped.</summary>
    private static string? Scalar(ref Utf8JsonReader json)
    {
        switch (json.TokenType)
        {
            case JsonTokenType.String:
                return Text(ref json);
            case JsonTokenType.Number:
                return RocketMqStrings.Get(json.ValueSpan);
            case JsonTokenType.True:
                return "true";
            case JsonTokenType.False:
                return "false";
            default:
                json.Skip();
                return null;
        }
    }

    /// <summary>A language that we do not know changes nothing, as in 4.1.0.</summary>
    private static RocketMqLanguage Language(string? name) =>
        Array.IndexOf(Languages, name) is >= 0 and int index ? (RocketMqLanguage)index : RocketMqLanguage.Java;

    /// <summary>What has been read so far.</summary>
    private struct Head
    {
        public int Code;
        public int Flag;
        public int Opaque;
        public int Version;
        public RocketMqLanguage Language;
        public string? Remark;
        public RocketMqFields? Fields;
    }
}
