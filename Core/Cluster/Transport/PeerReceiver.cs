using System.Buffers;

namespace Cmq.MultiProtocol.Core.Cluster.Transport;

/// <summary>Makes messages of the bytes of one lane, in whatever pieces they come.</summary>
/// <param name="maxPayloadBytes">Largest payload accepted.</param>
internal sealed class PeerReceiver(int maxPayloadBytes)
{
    /// <summary>Up to here payloads share arrays. A receiver that keeps one keeps <see cref="SharedBytes"/>
    /// alive, so what is likely to be kept, batches of entries, gets arrays of its own.</summary>
    private const int MaxSharedPayloadBytes = 512;
    private const int SharedBytes = 8192;

    private byte[] _shared = [];
    private int _sharedUsed;
    private FrameHeader _header;
    private Memory<byte> _payload;
    private int _filled;
    private bool _inPayload;

    /// <summary>Takes what it can from <paramref name="input"/>, large payloads in part, so that they need
    /// not be held twice.</summary>
    /// <param name="input">Bytes received so far; advanced.</param>
    /// <param name="message">A message; its payload is nobody else's.</param>
    /// <returns><see langword="false"/> when more bytes are needed.</returns>
    /// <exception cref="PeerProtocolException">Malformed or too large.</exception>
    public bool TryRead(ref ReadOnlySequence<byte> input, out PeerMessage message)
    {
        while (TryReadFrame(ref input))
        {
            _header.Verify(_payload.Span);
            (FrameHeader header, Memory<byte> payload) = (_header, _payload);
            _inPayload = false;
            _payload = default;
            switch (header.Type)
            {
                case FrameType.Message:
                    message = new PeerMessage(header.Kind, header.Group, payload);
                    return true;
                case FrameType.Idle when header.PayloadBytes == 0:
                    continue;
                default:
                    throw new PeerProtocolException(
                        $"{header.Type} of {header.PayloadBytes} bytes between messages");
            }
        }

        message = default;
        return false;
    }

    private bool TryReadFrame(ref ReadOnlySequence<byte> input)
    {
        if (!_inPayload)
        {
            if (!FrameHeader.TryRead(ref input, maxPayloadBytes, out _header))
                return false;
            _payload = Allocate(_header.PayloadBytes);
            _filled = 0;
            _inPayload = true;
        }

        int piece = (int)Math.Min(input.Length, _payload.Length - _filled);
        input.Slice(0, piece).CopyTo(_payload.Span[_filled..]);
        input = input.Slice(piece);
        _filled += piece;
        return _filled == _payload.Length;
    }

    private Memory<byte> Allocate(int bytes)
    {
        if (bytes > MaxSharedPayloadBytes)
            return GC.AllocateUninitializedArray<byte>(bytes);

        if (_shared.Length - _sharedUsed < bytes)
        {
            _shared = new byte[SharedBytes];
            _sharedUsed = 0;
        }

        Memory<byte> slice = _shared.AsMemory(_sharedUsed, bytes);
        _sharedUsed += bytes;
        return slice;
    }
}
