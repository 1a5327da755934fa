using System.Buffers;
using System.Buffers.Binary;

namespace Cmq.MultiProtocol.Adapters.Amqp.Codec;

/// <summary>Cuts protocol header and frames off received bytes (2.2.4, 2.3.5).</summary>
public static class AmqpReader
{
    public const int ProtocolHeaderBytes = 8;

    /// <summary>Largest frame before tune-ok (4.2.3), and the smallest that may be agreed on.</summary>
    public const int MinFrameMax = 4096;

    private static ReadOnlySpan<byte> Header091 => "AMQP\0\0\x09\x01"u8;

    /// <summary>0-9 as some clients announce it; spoken as 0-9-1.</summary>
    private static ReadOnlySpan<byte> Header09 => "AMQP\x01\x01\0\x09"u8;

    /// <summary>Takes the client's protocol header.</summary>
    /// <param name="input">Bytes received so far; advanced by 8 only when a header is returned.</param>
    /// <param name="supported">False: answer with our own header and close.</param>
    /// <returns><see langword="false"/> when more bytes are needed.</returns>
    public static bool TryReadProtocolHeader(ref ReadOnlySequence<byte> input, out bool supported)
    {
        supported = false;
        if (input.Length < ProtocolHeaderBytes)
            return false;

        Span<byte> header = stackalloc byte[ProtocolHeaderBytes];
        input.Slice(0, ProtocolHeaderBytes).CopyTo(header);
        input = input.Slice(ProtocolHeaderBytes);
        supported = header.SequenceEqual(Header091) || header.SequenceEqual(Header09);
        return true;
    }

    /// <summary>Shows the next frame's channel without consuming anything.</summary>
    public static bool TryPeekChannel(in ReadOnlySequence<byte> input, out ushort channel)
    {
        channel = 0;
        if (input.Length < AmqpFrame.HeaderBytes)
            return false;
        Span<byte> bytes = stackalloc byte[2];
        input.Slice(1, 2).CopyTo(bytes);
        channel = BinaryPrimitives.ReadUInt16BigEndian(bytes);
        return true;
    }

    /// <summary>Cuts one frame off the front of <paramref name="input"/>.</summary>
    /// <param name="input">Bytes received so far; advanced only when a frame is returned.</param>
    /// <param name="frameMax">The agreed limit in bytes, overhead included.</param>
    /// <param name="frame">The frame; its payload borrows from <paramref name="input"/>.</param>
    /// <returns><see langword="false"/> when more bytes are needed.</returns>
    /// <exception cref="AmqpProtocolException">501: too large, a wrong end octet, an unknown type, or shorter
    /// than its type demands.</exception>
    public static bool TryReadFrame(ref ReadOnlySequence<byte> input, int frameMax, out AmqpFrame frame)
    {
        frame = default;
        if (input.Length < AmqpFrame.HeaderBytes)
            return false;

        Span<byte> header = stackalloc byte[AmqpFrame.HeaderBytes];
        input.Slice(0, AmqpFrame.HeaderBytes).CopyTo(header);
        byte type = header[0];
        ushort channel = BinaryPrimitives.ReadUInt16BigEndian(header[1..]);
        uint size = BinaryPrimitives.ReadUInt32BigEndian(header[3..]);

        // Checked before the payload arrives: a hostile size must never make us buffer. RabbitMQ forgives 8
        // bytes, and clients that count the overhead differently rely on it.
        if (size > (uint)frameMax)
        {
            throw new AmqpProtocolException(AmqpCode.FrameError,
                $"type {type}, all octets = <<>>: {{frame_too_large,{size},{frameMax - AmqpFrame.OverheadBytes}}}");
        }
        if (input.Length < size + AmqpFrame.OverheadBytes)
            return false;

        ReadOnlySequence<byte> payload = input.Slice(AmqpFrame.HeaderBytes, size);
        byte end = input.Slice(AmqpFrame.HeaderBytes + size, 1).FirstSpan[0];
        if (end != AmqpFrame.End)
            throw AmqpProtocolException.BadFrame(type, payload, $"{{invalid_frame_end_marker,{end}}}");
        if (!IsKnown((AmqpFrameType)type, size))
            throw AmqpProtocolException.BadFrame(type, payload, "unknown_frame");

        input = input.Slice(AmqpFrame.OverheadBytes + size);
        frame = new AmqpFrame((AmqpFrameType)type, channel, payload);
        return true;
    }

    /// <summary>A frame that is too short for the fixed part of its type is none of that type.</summary>
    private static bool IsKnown(AmqpFrameType type, uint size) => type switch
    {
        AmqpFrameType.Method => size >= AmqpFrame.MethodIdBytes,
        AmqpFrameType.Header => size >= AmqpContentHeader.Bytes,
        AmqpFrameType.Body or AmqpFrameType.Heartbeat => true,
        _ => false,
    };
}
