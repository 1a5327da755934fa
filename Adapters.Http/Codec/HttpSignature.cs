using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Cmq.MultiProtocol.Adapters.Http.Codec;

/// <summary>The request signature (spec section 2): HMAC over method, host, path and the sorted
/// parameters.</summary>
public static class HttpSignature
{
    private const string ParameterName = "Signature";

    private enum Underscores
    {
        AllDots,
        Kept,
        LeadingKept,
    }

    /// <summary>Checks the request's Signature in constant time, in every form that stock clients sign in
    /// (spec section 2.2): hosts with and without port, and parameters that begin with <c>@</c> left out of a
    /// POST.</summary>
    public static bool Verify(HttpSignedRequest request, string secretKey)
    {
        Span<byte> received = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HashAlgorithmName algorithm = AlgorithmOf(request.Parameters);
        int size =
            algorithm == HashAlgorithmName.SHA256 ? HMACSHA256.HashSizeInBytes : HMACSHA1.HashSizeInBytes;
        ReadOnlySpan<byte> signature = request.Parameters.Bytes(ParameterName).Span;
        if (!TryReadSignature(signature, received, out int length) || length != size)
            return false;

        byte[] key = Encoding.UTF8.GetBytes(secretKey);
        using var hmac = IncrementalHash.CreateHMAC(algorithm, key);
        Span<byte> computed = stackalloc byte[size];
        foreach (byte[] parameters in SignedForms(request))
        {
            foreach (string host in request.Hosts)
            {
                hmac.AppendData(Encoding.UTF8.GetBytes($"{request.Method}{host}{request.Path}?"));
                hmac.AppendData(parameters);
                hmac.GetHashAndReset(computed);
                if (CryptographicOperations.FixedTimeEquals(computed, received[..size]))
                    return true;
            }
        }

        return false;
    }

    /// <summary>The signature of a request with its first host and all of its parameters, as
    /// Base64.</summary>
    public static string Sign(HttpSignedRequest request, string secretKey)
    {
        byte[] key = Encoding.UTF8.GetBytes(secretKey);
        using var hmac = IncrementalHash.CreateHMAC(AlgorithmOf(request.Parameters), key);
        hmac.AppendData(Encoding.UTF8.GetBytes($"{request.Method}{request.Hosts[0]}{request.Path}?"));
        hmac.AppendData(Join(request.Parameters, Underscores.AllDots, dropAt: false));
        return Convert.ToBase64String(hmac.GetHashAndReset());
    }

    private static HashAlgorithmName AlgorithmOf(HttpParameters parameters) =>
        parameters.Has("SignatureMethod")
        && parameters.Bytes("SignatureMethod").Span.SequenceEqual("HmacSHA256"u8)
            ? HashAlgorithmName.SHA256
            : HashAlgorithmName.SHA1;

    /// <summary>Hand-written clients do not encode the <c>+</c> of Base64, which form decoding turns into a
    /// space.</summary>
    private static bool TryReadSignature(ReadOnlySpan<byte> text, Span<byte> signature, out int length)
    {
        length = 0;
        if (text.Length > Base64.GetMaxEncodedToUtf8Length(HMACSHA256.HashSizeInBytes))
            return false;
        Span<byte> base64 = stackalloc byte[text.Length];
        text.Replace(base64, (byte)' ', (byte)'+');
        return Base64.DecodeFromUtf8(base64, signature, out _, out length) == OperationStatus.Done;
    }

    private static IEnumerable<byte[]> SignedForms(HttpSignedRequest request)
    {
        IReadOnlyList<HttpParameter> all = request.Parameters.All;
        bool atMatters = request.Method == "POST" && all.Any(p => p.Value.Span.StartsWith("@"u8));
        bool underscoresMatter = all.Any(p => p.Name.Contains('_'));

        Underscores[] rules = underscoresMatter
            ? [Underscores.AllDots, Underscores.LeadingKept, Underscores.Kept]
            : [Underscores.AllDots];
        foreach (Underscores rule in rules)
        {
            yield return Join(request.Parameters, rule, dropAt: false);
            if (atMatters)
                yield return Join(request.Parameters, rule, dropAt: true);
        }
    }

    private static byte[] Join(HttpParameters parameters, Underscores rule, bool dropAt)
    {
        IEnumerable<HttpParameter> signed = parameters.All
            .Where(p => p.Name != ParameterName && !(dropAt && p.Value.Span.StartsWith("@"u8)))
            .OrderBy(p => p.Name, StringComparer.Ordinal);

        var text = new ArrayBufferWriter<byte>(256);
        foreach (HttpParameter parameter in signed)
        {
            if (text.WrittenCount > 0)
                text.Write("&"u8);
            text.Write(Encoding.Latin1.GetBytes(SignedName(parameter.Name, rule)));
            text.Write("="u8);
            text.Write(parameter.Value.Span);
        }

        return text.WrittenSpan.ToArray();
    }

    private static string SignedName(string name, Underscores rule) => rule switch
    {
        Underscores.AllDots => name.Replace('_', '.'),

        // npm qcloudapi-sdk 0.2.1 leaves a name alone that begins with one.
        Underscores.LeadingKept when !name.StartsWith('_') => name.Replace('_', '.'),
        _ => name,
    };
}
