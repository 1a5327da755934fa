using System.Buffers;
using System.IO.Pipelines;

namespace Cmq.MultiProtocol.Connections;

/// <summary>What a connection has to send: pooled pieces of frames, and large bodies where they lie. Lets the
/// conversation go on while the socket is full; how far, is the loop's decision. Not thread-safe.</summary>
/// <param name="transport">Takes the bytes.</param>
/// <param name="pieceBytes">Size of a piece; a frame that needs more gets a larger one.</param>
/// <param name="signal">Called when the transport can take more after it could not.</param>
public sealed class ConnectionOutput(PipeWriter transport, int pieceBytes, Action signal) : ISharingOutput, IDisposable
{
    /// <summary>Handed to the transport at once, at most.</summary>
    private const int FlushBytes = 64 * 1024;

    /// <summary>Finished pieces, the oldest first; null while idle.</summary>
    private Queue<Piece>? _pieces;
    private byte[]? _open;
    private int _openStart;
    private int _openEnd;
    private PendingResult<FlushResult> _flushing;

    /// <summary>Unsent bytes.</summary>
    public long Length { get; private set; }

    /// <summary>Bytes were handed over, and it is not known yet that the transport has taken them.</summary>
    public bool IsFlushing => _flushing.IsActive;

    /// <summary>The transport has taken what was handed over last.</summary>
    public bool IsFlushed => _flushing.IsCompleted;

    /// <summary>Nobody takes anything any more.</summary>
    public bool IsEnded { get; private set; }

    public void Advance(int count)
    {
        _openEnd += count;
        Length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        int wanted = Math.Max(sizeHint, 1);
        if (_open is null || _open.Length - _openEnd < wanted)
        {
            CloseOpen(last: true);
            _open = ArrayPool<byte>.Shared.Rent(Math.Max(wanted, pieceBytes));
        }
        return _open.AsMemory(_openEnd);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public void Append(ReadOnlyMemory<byte> shared)
    {
        CloseOpen(last: false);
        (_pieces ??= []).Enqueue(new Piece(shared, null));
        Length += shared.Length;
    }

    /// <summary>Hands the oldest bytes to the transport, unless it is still busy with those before.</summary>
    /// <returns>How many.</returns>
    public int Send()
    {
        if (_flushing.IsActive)
        {
            if (!_flushing.IsCompleted)
                return 0;
            IsEnded |= _flushing.Take().IsCompleted;
        }
        if (Length == 0 || IsEnded)
            return 0;
        int sent = Move();
        _flushing.Start(transport.FlushAsync(), signal);
        return sent;
    }

    public void Dispose()
    {
        if (_open is not null)
            ArrayPool<byte>.Shared.Return(_open);
        _open = null;
        _openStart = _openEnd = 0;
        foreach (Piece piece in _pieces ?? [])
        {
            if (piece.Owned is not null)
                ArrayPool<byte>.Shared.Return(piece.Owned);
        }
        _pieces = null;
        Length = 0;
    }

    private int Move()
    {
        int moved = 0;
        while (moved < FlushBytes && Length > 0)
        {
            // Mostly all of it is in the open array.
            moved += _pieces is { Count: > 0 } ? MovePiece(FlushBytes - moved) : MoveOpen(FlushBytes - moved);
        }
        // An idle connection keeps no memory.
        if (Length == 0)
            Dispose();
        return moved;
    }

    private int MovePiece(int maxBytes)
    {
        Piece piece = _pieces!.Peek();
        ReadOnlyMemory<byte> part = piece.Take(Math.Min(piece.Left, maxBytes));
        transport.Write(part.Span);
        Length -= part.Length;
        if (piece.Left > 0)
            return part.Length;
        _pieces.Dequeue();
        if (piece.Owned is not null)
            ArrayPool<byte>.Shared.Return(piece.Owned);
        return part.Length;
    }

    private int MoveOpen(int maxBytes)
    {
        int count = Math.Min(_openEnd - _openStart, maxBytes);
        transport.Write(_open.AsSpan(_openStart, count));
        _openStart += count;
        Length -= count;
        return count;
    }

    /// <summary>Makes a piece of what was written into the open array.</summary>
    /// <param name="last">The array goes with it; else its rest is written on.</param>
    private void CloseOpen(bool last)
    {
        if (_open is null)
            return;
        last |= _openEnd == _open.Length;
        if (last || _openEnd > _openStart)
            (_pieces ??= []).Enqueue(new Piece(_open.AsMemory(_openStart, _openEnd - _openStart), last ? _open : null));
        _openStart = _openEnd;
        if (!last)
            return;
        _open = null;
        _openStart = _openEnd = 0;
    }

    private sealed class Piece(ReadOnlyMemory<byte> bytes, byte[]? owned)
    {
        /// <summary>Goes back to the pool after this piece.</summary>
        public byte[]? Owned => owned;

        public int Left => bytes.Length;

        public ReadOnlyMemory<byte> Take(int count)
        {
            ReadOnlyMemory<byte> part = bytes[..count];
            bytes = bytes[count..];
            return part;
        }
    }
}
