using System.Buffers;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Connection;

/// <summary>What a connection has to send: pooled pieces of packets, and large payloads where they lie. Lets the
/// conversation go on while the socket is full; how far, is the loop's decision. Not thread-safe.</summary>
internal sealed class MqttOutput : IPayloadOutput, IDisposable
{
    private const int PieceBytes = 4 * 1024;

    /// <summary>Finished pieces, the oldest first; null while idle.</summary>
    private Queue<Piece>? _pieces;
    private byte[]? _open;
    private int _openStart;
    private int _openEnd;

    /// <summary>Unsent bytes.</summary>
    public long Length { get; private set; }

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
            _open = ArrayPool<byte>.Shared.Rent(Math.Max(wanted, PieceBytes));
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

    /// <summary>Moves the oldest bytes on.</summary>
    /// <returns>How many.</returns>
    public int MoveTo(IBufferWriter<byte> target, int maxBytes)
    {
        int moved = 0;
        while (moved < maxBytes && Length > 0)
        {
            // Mostly all of it is in the open array.
            if (_pieces is not { Count: > 0 })
            {
                moved += MoveOpen(target, maxBytes - moved);
                continue;
            }
            Piece piece = _pieces.Peek();
            ReadOnlyMemory<byte> part = piece.Take(Math.Min(piece.Left, maxBytes - moved));
            target.Write(part.Span);
            moved += part.Length;
            Length -= part.Length;
            if (piece.Left > 0)
                continue;
            _pieces.Dequeue();
            if (piece.Owned is not null)
                ArrayPool<byte>.Shared.Return(piece.Owned);
        }
        // An idle connection keeps no memory.
        if (Length == 0)
            Dispose();
        return moved;
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

    private int MoveOpen(IBufferWriter<byte> target, int maxBytes)
    {
        int count = Math.Min(_openEnd - _openStart, maxBytes);
        target.Write(_open.AsSpan(_openStart, count));
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
