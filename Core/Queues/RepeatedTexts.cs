using System.Text;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>Remembers the short texts that a group's messages repeat (topics, routing keys), so that reading a message does
/// not make them anew. Direct-mapped, never larger than <see cref="Entries"/>. Not state, and not
/// thread-safe.</summary>
internal sealed class RepeatedTexts
{
    /// <summary>Texts kept at most; a power of two.</summary>
    private const int Entries = 256;

    /// <summary>Longer ones are not kept, in bytes.</summary>
    private const int MaxKeptBytes = 64;

    private (byte[]? Bytes, string Text)[]? _entries;

    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty)
            return "";
        if (utf8.Length > MaxKeptBytes)
            return Encoding.UTF8.GetString(utf8);
        // A group that never reads a message has none.
        ref (byte[]? Bytes, string Text) entry = ref (_entries ??= new (byte[]?, string)[Entries])[Place(utf8)];
        if (entry.Bytes is not null && utf8.SequenceEqual(entry.Bytes))
            return entry.Text;
        string text = Encoding.UTF8.GetString(utf8);
        entry = (utf8.ToArray(), text);
        return text;
    }

    /// <summary>FNV-1a.</summary>
    private static int Place(ReadOnlySpan<byte> bytes)
    {
        uint hash = 2166136261;
        foreach (byte one in bytes)
            hash = unchecked((hash ^ one) * 16777619);
        return (int)((hash ^ (hash >> 15)) & (Entries - 1));
    }
}
