using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Cmq.MultiProtocol.Adapters.Http.Codec;

namespace Cmq.MultiProtocol.Adapters.Http.Connection;

/// <summary>The bytes of one request's form, counted against the budget of all requests until it is disposed:
/// what is decoded from them lives as long as the request.</summary>
internal sealed class HttpForm(HttpByteBudget budget, int maxBytes) : IDisposable
{
    private byte[] _buffer = [];
    private int _length;

    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _length);

    /// <summary>Takes a GET's query, which the server has limited already.</summary>
    /// <exception cref="HttpProtocolException">No memory for it now (4480).</exception>
    public void Read(string query)
    {
        Grow(Encoding.UTF8.GetByteCount(query));
        _length = Encoding.UTF8.GetBytes(query, _buffer);
    }

    /// <summary>Reads a POST's body.</summary>
    /// <exception cref="HttpProtocolException">Too long (4000/10420), found out before it is read where the
    /// client says how long it is; or no memory for it now (4480).</exception>
    public async ValueTask ReadAsync(PipeReader body, long? contentLength, CancellationToken cancellation)
    {
        if (contentLength > maxBytes)
            throw TooLong();

        while (true)
        {
            ReadResult result = await body.ReadAsync(cancellation);
            bool fits = _length + result.Buffer.Length <= maxBytes;
            try
            {
                if (fits)
                    Append(result.Buffer);
            }
            finally
            {
                body.AdvanceTo(result.Buffer.End);
            }

            if (!fits)
                throw TooLong();
            if (result.IsCompleted)
                return;
        }
    }

    public void Dispose()
    {
        budget.Return(_buffer.Length);
        _buffer = [];
        _length = 0;
    }

    private static HttpProtocolException TooLong() => new(HttpError.CannotParse("body"), closes: true);

    private void Append(ReadOnlySequence<byte> input)
    {
        int needed = checked((int)(_length + input.Length));
        if (needed > _buffer.Length)
            Grow(Math.Min(Math.Max(needed, _buffer.Length * 2), maxBytes));
        input.CopyTo(_buffer.AsSpan(_length));
        _length = needed;
    }

    /// <summary>Memory follows what has arrived, never what was announced.</summary>
    private void Grow(int size)
    {
        if (!budget.TryTake(size - _buffer.Length))
            throw new HttpProtocolException(HttpError.SlowDown, closes: true);
        Array.Resize(ref _buffer, size);
    }
}
