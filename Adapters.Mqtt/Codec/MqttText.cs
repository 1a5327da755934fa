using System.Text;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Codec;

/// <summary>UTF-8 texts of the wire (MQTT 5.0 §1.5.4): at most 65,535 bytes, no U+0000, no surrogates, nothing
/// overlong. A byte order mark is data. Control characters are let through.</summary>
public static class MqttText
{
    public const int MaxBytes = 65_535;

    private static readonly UTF8Encoding Strict =
        new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="MqttProtocolException">0x81.</exception>
    public static string Decode(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty)
            return "";
        Check(utf8);
        return Encoding.UTF8.GetString(utf8);
    }

    /// <summary>The same check without making a text of it.</summary>
    /// <exception cref="MqttProtocolException">0x81.</exception>
    public static void Check(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Contains((byte)0) || !System.Text.Unicode.Utf8.IsValid(utf8))
            throw MqttProtocolException.Malformed("a text that is not valid UTF-8");
    }

    /// <exception cref="ArgumentException">The text has a lone surrogate or is too long; ours never are.</exception>
    public static int ByteCount(string text)
    {
        int bytes = Strict.GetByteCount(text);
        return bytes <= MaxBytes ? bytes : throw new ArgumentException("longer than 65,535 bytes", nameof(text));
    }
}
