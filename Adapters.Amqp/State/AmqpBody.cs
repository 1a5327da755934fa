using System.Buffers;

namespace Cmq.MultiProtocol.Adapters.Amqp.State;

/// <summary>A body in the making, in pooled pieces.</summary>
internal sealed class AmqpBody : IDisposable
{
    private const int PieceBytes = 128 * 1024;

    private Piece? _first;
    private Piece? _last;

    public long Length { get; private set; }

    /// <summary>Valid until disposed.</summary>
    public ReadOnlySequence<byte> Sequence =>
        _first is null ? default : new ReadOnlySequence<byte>(_first, 0, _last!, _last!.Memory.Length);

    public void Append(in ReadOnlySequence<byte> bytes)
    {
        foreach (ReadOnlyMemory<byte> memory in bytes)
        {
            for (ReadOnlySpan<byte> rest = memory.Span; !rest.IsEmpty;)
            {
                if (_last is null || _last.Room == 0)
                    AddPiece(rest.Length);
                rest = rest[_last!.Fill(rest)..];
            }
        }
        Length += bytes.Length;
    }

    public void Dispose()
    {
        for (Piece? piece = _first; piece is not null; piece = piece.NextPiece)
            piece.Return();
        _first = _last = null;
        Length = 0;
    }

    private void AddPiece(int wantedBytes)
    {
        // A small body takes a small piece; from the second piece on the body is large.
        var piece = new Piece(ArrayPool<byte>.Shared.Rent(_first is null ? Math.Min(wantedBytes, PieceBytes) : PieceBytes));
        _last?.Link(piece);
        _first ??= piece;
        _last = piece;
    }

    private sealed class Piece(byte[] array) : ReadOnlySequenceSegment<byte>
    {
        public int Room => array.Length - Memory.Length;

        public Piece? NextPiece => (Piece?)Next;

        public void Link(Piece next)
        {
            next.RunningIndex = RunningIndex + Memory.Length;
            Next = next;
        }

        public int Fill(ReadOnlySpan<byte> bytes)
        {
            int taken = Math.Min(bytes.Length, Room);
            bytes[..taken].CopyTo(array.AsSpan(Memory.Length));
            Memory = array.AsMemory(0, Memory.Length + taken);
            return taken;
        }

        public void Return() => ArrayPool<byte>.Shared.Return(array);
    }
}
