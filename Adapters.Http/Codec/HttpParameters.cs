using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Cmq.MultiProtocol.Adapters.Http.Codec;

/// <summary>A request's parameters, and the typed reading of them. Immutable.</summary>
public sealed class HttpParameters
{
    private readonly Dictionary<string, ReadOnlyMemory<byte>> _values = new(StringComparer.OrdinalIgnoreCase);

    /// <exception cref="HttpProtocolException">One name twice (4000/10330), letter case apart.</exception>
    public HttpParameters(IReadOnlyList<HttpParameter> parameters)
    {
        All = parameters;
        foreach (HttpParameter parameter in parameters)
        {
            if (!_values.TryAdd(parameter.Name, parameter.Value))
                throw new HttpProtocolException(HttpError.NotRepeatable(parameter.Name));
        }
    }

    /// <summary>In the order of the request, <c>Signature</c> included.</summary>
    public IReadOnlyList<HttpParameter> All { get; }

    public bool Has(string name) => _values.ContainsKey(name);

    /// <summary>There is an element <c>name.N</c>.</summary>
    public bool HasArray(string name) =>
        All.Any(parameter => parameter.Name.StartsWith(name + ".", StringComparison.OrdinalIgnoreCase));

    /// <exception cref="HttpProtocolException">Missing (4000/10390).</exception>
    public ReadOnlyMemory<byte> Bytes(string name) =>
        _values.TryGetValue(name, out ReadOnlyMemory<byte> value)
            ? value
            : throw new HttpProtocolException(HttpError.Missing(name));

    /// <exception cref="HttpProtocolException">Missing (4000/10390), not UTF-8 (4000/10360).</exception>
    public string Text(string name) => Decode(name, Bytes(name));

    /// <returns>Null when missing.</returns>
    /// <exception cref="HttpProtocolException">Not UTF-8 (4000/10360).</exception>
    public string? OptionalText(string name) =>
        _values.TryGetValue(name, out ReadOnlyMemory<byte> value) ? Decode(name, value) : null;

    /// <exception cref="HttpProtocolException">Missing (4000/10390), not a whole number (4000/10360), out of
    /// range (4000/10350).</exception>
    public long Number(string name, long min, long max) =>
        OptionalNumber(name, min, max) ?? throw new HttpProtocolException(HttpError.Missing(name));

    /// <returns>Null when missing or empty, and for <c>undefined</c>, which npm cmq-sdk 2.1.0 sends for an
    /// option that is present without a value.</returns>
    /// <exception cref="HttpProtocolException">Not a whole number (4000/10360), out of range
    /// (4000/10350).</exception>
    public long? OptionalNumber(string name, long min, long max)
    {
        if (!_values.TryGetValue(name, out ReadOnlyMemory<byte> value) || IsUndefined(value.Span))
            return null;

        ReadOnlySpan<byte> digits = value.Span;
        bool negative = digits[0] == '-';
        if (negative)
            digits = digits[1..];
        if (digits.IsEmpty || digits.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            throw new HttpProtocolException(HttpError.WrongType(name));

        const NumberStyles style = NumberStyles.AllowLeadingSign;
        if (!long.TryParse(value.Span, style, CultureInfo.InvariantCulture, out long number)
            || number < min
            || number > max)
        {
            throw new HttpProtocolException(HttpError.OutOfRange(name));
        }

        return number;
    }

    /// <summary>The elements of <c>name.N</c> by N, which counts from 0 or from 1 without a gap. Ordered as
    /// numbers: element 10 comes after element 2.</summary>
    /// <exception cref="HttpProtocolException">None (4000/10390), an index that is no number (4000/10310),
    /// too many (4000/10370), gaps (4000/10380).</exception>
    public IReadOnlyList<ReadOnlyMemory<byte>> Array(string name, int max)
    {
        var elements = new SortedDictionary<int, ReadOnlyMemory<byte>>();
        foreach (HttpParameter parameter in All)
        {
            if (!parameter.Name.StartsWith(name + ".", StringComparison.OrdinalIgnoreCase))
                continue;
            elements.Add(Index(parameter.Name, name.Length + 1), parameter.Value);
            if (elements.Count > max)
                throw new HttpProtocolException(HttpError.BatchSize(name));
        }

        if (elements.Count == 0)
            throw new HttpProtocolException(HttpError.Missing(name));

        int first = elements.Keys.First();
        if (first > 1 || elements.Keys.Last() - first != elements.Count - 1)
            throw new HttpProtocolException(HttpError.NotConsecutive(name));
        return [.. elements.Values];
    }

    /// <summary>True for no value at all, in the ways in which clients say so.</summary>
    public static bool IsUndefined(ReadOnlySpan<byte> value) =>
        value.IsEmpty || value.SequenceEqual("undefined"u8);

    private static int Index(string parameter, int start)
    {
        ReadOnlySpan<char> digits = parameter.AsSpan(start);
        bool canonical = digits is ['0'] or [not '0', ..];
        if (!canonical
            || !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int index))
        {
            throw new HttpProtocolException(HttpError.KeyFormat(parameter));
        }

        return index;
    }

    private static string Decode(string name, ReadOnlyMemory<byte> value) =>
        Utf8.IsValid(value.Span)
            ? Encoding.UTF8.GetString(value.Span)
            : throw new HttpProtocolException(HttpError.WrongType(name));
}
