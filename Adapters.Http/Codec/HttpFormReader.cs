using System.Buffers;
using System.Text;

namespace Cmq.MultiProtocol.Adapters.Http.Codec;

/// <summary>Reads <c>name=value&amp;name=value</c>, in a query or a body, whatever the Content-Type says:
/// stock clients send none, or a wrong one (spec section 1.2).</summary>
public static class HttpFormReader
{
    /// <summary>Decodes all parameters. <c>+</c> and <c>%20</c> are spaces; a percent sign that two
    /// hexadecimal digits do not follow stands for itself, because some clients do not encode.</summary>
    /// <param name="form">The whole form, at most the size limit of the caller.</param>
    /// <param name="maxParameters">Most parameters, a count.</param>
    /// <exception cref="HttpProtocolException">Too many parameters (4000/10000), or one name twice
    /// (4000/10330).</exception>
    public static HttpParameters Read(ReadOnlySpan<byte> form, int maxParameters)
    {
        byte[] decoded = new byte[form.Length];
        var parameters = new List<HttpParameter>();
        int used = 0;

        foreach (Range range in form.Split((byte)'&'))
        {
            ReadOnlySpan<byte> pair = form[range];
            if (pair.IsEmpty)
                continue;
            if (parameters.Count == maxParameters)
                throw new HttpProtocolException(HttpError.BadRequest);

            int equals = pair.IndexOf((byte)'=');
            ReadOnlySpan<byte> name = equals < 0 ? pair : pair[..equals];
            ReadOnlySpan<byte> value = equals < 0 ? [] : pair[(equals + 1)..];

            int nameLength = Decode(name, decoded.AsSpan(used));
            string text = Encoding.Latin1.GetString(decoded, used, nameLength);
            int valueLength = Decode(value, decoded.AsSpan(used));
            parameters.Add(new HttpParameter(text, decoded.AsMemory(used, valueLength)));
            used += valueLength;
        }

        return new HttpParameters(parameters);
    }

    private static int Decode(ReadOnlySpan<byte> encoded, Span<byte> decoded)
    {
        int length = 0;
        for (int i = 0; i < encoded.Length; i++)
        {
            byte value = encoded[i];
            if (value == '+')
            {
                value = (byte)' ';
            }
            else if (value == '%'
                && i + 2 < encoded.Length
                && Convert.FromHexString(encoded.Slice(i + 1, 2), decoded[length..], out _, out _)
                    == OperationStatus.Done)
            {
                length++;
                i += 2;
                continue;
            }

            decoded[length++] = value;
        }

        return length;
    }
}
