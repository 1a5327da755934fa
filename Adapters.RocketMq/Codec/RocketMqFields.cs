using System.Globalization;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec;

/// <summary>The custom fields of a header in their order; names count exactly, the first of a name wins.
/// Numbers and booleans are text here, however the peer wrote them (ali-ons sends JSON numbers).</summary>
public sealed class RocketMqFields
{
    /// <summary>Room for those of a send.</summary>
    private const int UsualCount = 13;

    private readonly List<KeyValuePair<string, string>> _fields = new(UsualCount);

    public IReadOnlyList<KeyValuePair<string, string>> All => _fields;

    public static RocketMqFields Of<T>(T header)
        where T : IRocketMqHeader
    {
        var fields = new RocketMqFields();
        header.Write(fields);
        return fields;
    }

    public void Add(string name, string? value)
    {
        if (value is not null)
            _fields.Add(new(name, value));
    }

    public void Add(string name, long? value) => Add(name, value?.ToString(CultureInfo.InvariantCulture));

    public void Add(string name, bool? value) =>
        Add(name, value switch { null => null, true => "true", _ => "false" });

    /// <summary>Null when absent.</summary>
    public string? TextOrNull(string name)
    {
        foreach ((string present, string value) in _fields)
        {
            if (present == name)
                return value;
        }
        return null;
    }

    /// <exception cref="RocketMqProtocolException">It is missing.</exception>
    public string Text(string name) =>
        TextOrNull(name) ?? throw RocketMqProtocolException.Request($"the custom field <{name}> is null");

    /// <exception cref="RocketMqProtocolException">It is no number of 64 bits.</exception>
    public long? LongOrNull(string name) => TextOrNull(name) is { } text ? Number(name, text) : null;

    /// <exception cref="RocketMqProtocolException">It is missing, or no number of 64 bits.</exception>
    public long Long(string name) => Number(name, Text(name));

    /// <exception cref="RocketMqProtocolException">It is no number of 32 bits.</exception>
    public int? IntOrNull(string name) => LongOrNull(name) is { } value ? Narrow(name, value) : null;

    /// <exception cref="RocketMqProtocolException">It is missing, or no number of 32 bits.</exception>
    public int Int(string name) => Narrow(name, Long(name));

    /// <summary>As in Java everything but <c>true</c> is false.</summary>
    public bool? BoolOrNull(string name) =>
        TextOrNull(name)?.Equals("true", StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc cref="BoolOrNull"/>
    /// <exception cref="RocketMqProtocolException">It is missing.</exception>
    public bool Bool(string name)
    {
        Text(name);
        return BoolOrNull(name)!.Value;
    }

    private static long Number(string name, string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
            ? value
            : throw RocketMqProtocolException.Request($"the custom field <{name}> is no number");

    private static int Narrow(string name, long value) => value is >= int.MinValue and <= int.MaxValue
        ? (int)value
        : throw RocketMqProtocolException.Request($"the custom field <{name}> is no 32-bit number");
}
