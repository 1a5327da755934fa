using System.Buffers;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Connection;

/// <summary>What a connection has to send, in pooled pieces. Lets the conversation go on while the socket is
/// full; how far, is the loop's decision. Not thread-safe.</summary>
internal sealed class RocketMqOutput : IBufferWriter<byte>, IDisposable
{
    private const int PieceBytes = 16 * 1024;

    /// <summary>The oldest first; the last one is written on.</summary>
    private readonly Queue<Piece> _pieces = [];
    private Piece? _open;

    /// <summary>Unsent bytes.</summary>
    public long Length { get; private set; }

    public void Advance(int count)
    {
        _open!.End += count;
        Length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        int wanted = Math.Max(sizeHint, 1);
        if (_open is null || _open.Bytes.Length - _open.End < wanted)
            _pieces.Enqueue(_open = new Piece(ArrayPool<byte>.Shared.Rent(Math.Max(wanted, PieceBytes))));
        return _open.Bytes.AsMemory(_open.End);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>Moves the oldest bytes on.</summary>
    public void MoveTo(IBufferWriter<byte> target, int maxBytes)
    {
        while (maxBytes > 0 && Length > 0)
        {
            Piece piece = _pieces.Peek();
            int count = Math.Min(piece.End - piece.Start, maxBytes);
            target.Write(piece.Bytes.AsSpan(piece.Start, count));
            piece.Start += count;
            maxBytes -= count;
            Length -= count;
            if (piece.Start == piece.End)
                Drop();
        }
    }

    public void Dispose()
    {
        while (_pieces.Count > 0)
            Drop();
        Length = 0;
    }

    /// <summary>An idle connection keeps no memory.</summary>
    private void Drop()
    {
        Piece done = _pieces.Dequeue();
        if (done == _open)
            _open = null;
        ArrayPool<byte>.Shared.Return(done.Bytes);
    }

    private sealed class Piece(byte[] bytes)
    {
        public byte[] Bytes => bytes;

        public int Start { get; set; }

        public int End { get; set; }
    }
}
