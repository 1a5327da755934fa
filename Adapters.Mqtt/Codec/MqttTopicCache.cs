namespace Cmq.MultiProtocol.Adapters.Mqtt.Codec;

/// <summary>Remembers the topics that a connection publishes to again and again, so that a publish does not
/// allocate them anew. Direct-mapped, never larger than <see cref="Entries"/>. Not thread-safe.</summary>
public sealed class MqttTopicCache
{
    /// <summary>Topics kept at most; a power of two.</summary>
    public const int Entries = 16;

    /// <summary>Longer topics are not kept, in bytes.</summary>
    private const int MaxKeptBytes = 256;

    private readonly (byte[]? Bytes, string Text)[] _entries = new (byte[]?, string)[Entries];

    /// <exception cref="MqttProtocolException">0x81: not UTF-8.</exception>
    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty || utf8.Length > MaxKeptBytes)
            return MqttText.Decode(utf8);
        var hash = new HashCode();
        hash.AddBytes(utf8);
        ref (byte[]? Bytes, string Text) entry = ref _entries[hash.ToHashCode() & (Entries - 1)];
        if (entry.Bytes is not null && utf8.SequenceEqual(entry.Bytes))
            return entry.Text;
        string text = MqttText.Decode(utf8);
        entry = (utf8.ToArray(), text);
        return text;
    }
}
