namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>A header's value in the form in which matching compares it: by value, whatever its width on the wire.</summary>
/// <param name="Number">Integer, boolean (0 or 1), timestamp, or the bits of a double.</param>
/// <param name="Text">Bytes as Latin-1, one char a byte; "" where <paramref name="Number"/> counts.</param>
public readonly record struct HeaderValue(HeaderValueKind Kind, long Number, string Text)
{
    public static readonly HeaderValue Void = new(HeaderValueKind.Void, 0, "");
}
