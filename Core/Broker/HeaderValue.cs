namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>A header's value in the form in which matching compares it: by value, whatever its width on the wire.</summary>
/// <param name="Number">Integer, boolean (0 or 1), timestamp, or the bits of a double.</param>
/// <param name="Text">Bytes as Latin-1, one char a byte; "" where <paramref name="Number"/> counts.</param>
public readonly record struct HeaderValue(HeaderValueKind Kind, long Number, string Text)
{
    public static readonly HeaderValue Void = new(HeaderValueKind.Void, 0, "");

    private bool IsWhole => Kind is HeaderValueKind.Integer or HeaderValueKind.Timestamp;

    private double Real => BitConverter.Int64BitsToDouble(Number);

    /// <summary>Numbers are equal by value, whole or not, a timestamp counting as its number; all else by
    /// kind and value.</summary>
    public bool Matches(HeaderValue other)
    {
        if (IsWhole && other.IsWhole)
            return Number == other.Number;
        if (Kind == HeaderValueKind.Float && other.Kind == HeaderValueKind.Float)
            return Real == other.Real;
        if (Kind == HeaderValueKind.Float && other.IsWhole)
            return IsSame(Real, other.Number);
        if (IsWhole && other.Kind == HeaderValueKind.Float)
            return IsSame(other.Real, Number);
        return this == other;
    }

    /// <summary>Exact, where comparing as doubles would round a large integer.</summary>
    private static bool IsSame(double real, long whole) =>
        real is >= -9_223_372_036_854_775_808.0 and < 9_223_372_036_854_775_808.0
        && Math.Floor(real) == real && (long)real == whole;
}
