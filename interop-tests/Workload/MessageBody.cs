using System.Globalization;
using System.Text;

namespace Cmq.MultiProtocol.Interop.Durability.Workload;

/// <summary>Bodies of 10 bytes to 300 KB that follow from their key, so that each can be checked byte for byte.</summary>
internal static class MessageBody
{
    private const int SmallestBytes = 10;

    /// <summary>Above 256 KiB a body goes through the log in chunks.</summary>
    private const int ChunkedBytes = 300_000;

    /// <summary>Any bytes, or printable ones for a door that carries text.</summary>
    public static byte[] Make(MessageKey key, bool text)
    {
        byte[] head = Encoding.ASCII.GetBytes($"{(text ? 't' : 'b')}{key}:");
        byte[] body = new byte[Math.Max(head.Length, SizeOf(key, text))];
        head.CopyTo(body, 0);
        for (int i = head.Length; i < body.Length; i++)
            body[i] = Filler(key, i, text);
        return body;
    }

    /// <summary>The key of a body, or null when it is not exactly a body that <see cref="Make"/> makes.</summary>
    public static MessageKey? Read(ReadOnlySpan<byte> body)
    {
        string head = Encoding.Latin1.GetString(body[..Math.Min(body.Length, 32)]);
        string[] parts = head.Split(':');
        if (parts is not [{ Length: > 1 } stream, var number, _, ..]
            || !int.TryParse(stream[1..], NumberStyles.None, CultureInfo.InvariantCulture, out int streamNumber)
            || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int messageNumber))
            return null;
        var key = new MessageKey(streamNumber, messageNumber);
        return body.SequenceEqual(Make(key, text: stream[0] == 't')) ? key : null;
    }

    private static int SizeOf(MessageKey key, bool text) => key.Number switch
    {
        // A text message has to pass the queue's default limit of 64 KiB.
        _ when key.Number % 60 == 59 => text ? 60_000 : ChunkedBytes,
        _ when key.Number % 20 == 7 => 40_000,
        _ => SmallestBytes + (key.Number * 37 + key.Stream) % 1_500,
    };

    private static byte Filler(MessageKey key, int i, bool text)
    {
        int value = i * 31 + key.Number * 7 + key.Stream;
        return (byte)(text ? 'a' + value % 26 : value % 256);
    }
}
