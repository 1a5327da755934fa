using System.Globalization;
using System.Text;

namespace Cmq.MultiProtocol.Adapters.Amqp.Codec;

/// <summary>Values as RabbitMQ prints them in reply texts, which clients and test suites match on.</summary>
internal static class ErlangText
{
    /// <summary>A reply text has 255 bytes; more of a binary is never seen.</summary>
    private const int MaxBytes = 128;

    /// <summary><c>&lt;&lt;"text"&gt;&gt;</c> when printable, else <c>&lt;&lt;1,2,3&gt;&gt;</c>.</summary>
    public static string Binary(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return "<<>>";
        bytes = bytes[..Math.Min(bytes.Length, MaxBytes)];
        var text = new StringBuilder("<<");
        if (bytes.IndexOfAnyExceptInRange((byte)0x20, (byte)0x7e) < 0)
        {
            text.Append('"').Append(Encoding.ASCII.GetString(bytes)).Append('"');
        }
        else
        {
            for (int i = 0; i < bytes.Length; i++)
                text.Append(i == 0 ? "" : ",").Append(bytes[i].ToString(CultureInfo.InvariantCulture));
        }
        return text.Append(">>").ToString();
    }
}
