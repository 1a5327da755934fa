using System.Text;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec;

/// <summary>Remembers the short strings that headers repeat in every request (names of fields, groups, topics, small
/// numbers), so that they are not allocated anew. One per thread, because connections are many and mostly idle.
/// Direct-mapped, never larger than <see cref="Entries"/>.</summary>
internal static class RocketMqStrings
{
    /// <summary>Strings kept at most; a power of two.</summary>
    private const int Entries = 256;

    /// <summary>Longer ones are not kept, in bytes: they are mostly different each time.</summary>
    private const int MaxKeptBytes = 48;

    [ThreadStatic]
    private static (byte[]? Bytes, string Text)[]? t_entries;

    /// <summary>Gives the text of bytes that may have been seen before; of those that are no UTF-8 as
    /// <see cref="Encoding.UTF8"/> does.</summary>
    public static string Get(ReadOnlySpan<byte> utf8)
    {
        if (TryFind(utf8, out string text))
            return text;
        text = Encoding.UTF8.GetString(utf8);
        Keep(utf8, text);
        return text;
    }

    /// <summary>Looks for bytes that were kept.</summary>
    public static bool TryFind(ReadOnlySpan<byte> utf8, out string text)
    {
        text = "";
        if (utf8.IsEmpty)
            return true;
        if (utf8.Length > MaxKeptBytes || t_entries is not { } entries)
            return false;
        ref (byte[]? Bytes, string Text) entry = ref entries[Place(utf8)];
        if (entry.Bytes is null || !utf8.SequenceEqual(entry.Bytes))
            return false;
        text = entry.Text;
        return true;
    }

    /// <summary>Remembers a text for its bytes, in the place of another one.</summary>
    public static void Keep(ReadOnlySpan<byte> utf8, string text)
    {
        if (!utf8.IsEmpty && utf8.Length <= MaxKeptBytes)
            (t_entries ??= new (byte[]?, string)[Entries])[Place(utf8)] = (utf8.ToArray(), text);
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
