using System.Text;

namespace Cmq.MultiProtocol.Adapters.Amqp.Codec;

/// <summary>Remembers the short strings that a connection repeats (exchange names, routing keys), so that a
/// publish does not allocate them anew. Direct-mapped, never larger than <see cref="Entries"/>. Not
/// thread-safe.</summary>
public sealed class AmqpStringCache
{
    /// <summary>Strings kept at most; a power of two.</summary>
    public const int Entries = 64;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly (byte[] Bytes, string Text)[] _entries = new (byte[], string)[Entries];

    /// <exception cref="AmqpProtocolException">502: not UTF-8. Names and keys are text in the
    /// core.</exception>
    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty)
            return "";
        ref (byte[] Bytes, string Text) entry = ref _entries[Hash(utf8) & (Entries - 1)];
        if (entry.Bytes is not null && utf8.SequenceEqual(entry.Bytes))
            return entry.Text;
        string text = Decode(utf8);
        entry = (utf8.ToArray(), text);
        return text;
    }

    /// <exception cref="AmqpProtocolException">502: not UTF-8.</exception>
    public static string Decode(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return Strict.GetString(utf8);
        }
        catch (DecoderFallbackException)
        {
            throw new AmqpProtocolException(AmqpCode.SyntaxError,
                $"short string {ErlangText.Binary(utf8)} is not valid UTF-8");
        }
    }

    private static int Hash(ReadOnlySpan<byte> bytes)
    {
        unchecked
        {
            uint hash = 2166136261;
            foreach (byte b in bytes)
                hash = (hash ^ b) * 16777619;
            return (int)(hash ^ (hash >> 15));
        }
    }
}
