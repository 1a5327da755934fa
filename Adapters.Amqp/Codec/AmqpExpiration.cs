using System.Globalization;
using System.Text;

namespace Cmq.MultiProtocol.Adapters.Amqp.Codec;

/// <summary>The expiration property: a text of a non-negative integer, in milliseconds.</summary>
public static class AmqpExpiration
{
    /// <summary>About 49 days; what RabbitMQ's timers can wait.</summary>
    public const long MaxMs = uint.MaxValue;

    /// <param name="text">The property's bytes.</param>
    /// <param name="milliseconds">The value.</param>
    /// <param name="reason">Why not, in RabbitMQ's words.</param>
    public static bool TryParse(ReadOnlySpan<byte> text, out long milliseconds, out string reason)
    {
        reason = "";
        milliseconds = 0;
        int digits = text.IsEmpty || text[0] is not ((byte)'-' or (byte)'+') ? 0 : 1;
        int sign = digits;
        while (digits < text.Length && text[digits] is >= (byte)'0' and <= (byte)'9')
            digits++;
        if (digits == sign)
        {
            reason = "no_integer";
            return false;
        }
        if (digits < text.Length)
        {
            reason = $"{{leftover_string,\"{Encoding.Latin1.GetString(text[digits..])}\"}}";
            return false;
        }
        string number = Encoding.ASCII.GetString(text);
        bool fits = long.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out milliseconds);
        if (number[0] == '-' && milliseconds != 0)
            reason = $"{{value_negative,{number}}}";
        else if (!fits || milliseconds > MaxMs)
            reason = $"{{value_too_big,{number.TrimStart('+')}}}";
        return reason.Length == 0;
    }
}
