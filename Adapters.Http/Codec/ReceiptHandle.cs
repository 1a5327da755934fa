using System.Globalization;

namespace Cmq.MultiProtocol.Adapters.Http.Codec;

/// <summary>Names one check-out of a message: its number in decimal, because the official Go client refuses
/// to send what is not of <c>[A-Za-z0-9%#:_-]</c> (spec section 3).</summary>
/// <param name="Text">As the client sent it.</param>
/// <param name="Number">The check-out number; null when the text cannot be one.</param>
public readonly record struct ReceiptHandle(string Text, long? Number)
{
    /// <summary>Never fails: a text that is no handle keeps its text for the answer.</summary>
    public static ReceiptHandle Read(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? new ReceiptHandle(text, number)
            : new ReceiptHandle(text, null);

    public static string Write(long number) => number.ToString(CultureInfo.InvariantCulture);
}
