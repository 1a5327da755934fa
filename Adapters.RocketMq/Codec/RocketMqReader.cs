using System.Buffers;
using System.Buffers.Binary;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec;

/// <summary>Cuts frames off the front of what a peer sent (specification section 1).</summary>
public static class RocketMqReader
{
    /// <summary>Length, then serialization type and length of the header.</summary>
    public const int PrefixBytes = 8;

    private const int LengthBytes = 4;
    private const int HeaderLengthMask = 0xFF_FFFF;
    private const int SerializationShift = 24;

    /// <summary>Headers of sends are shorter.</summary>
    private const int MaxStackBytes = 1024;

    /// <summary>Cuts one frame off the front of <paramref name="input"/>.</summary>
    /// <param name="input">Bytes received so far; advanced only when a frame is returned.</param>
    /// <param name="maxFrameBytes">Largest frame accepted, in bytes, without the length in front.</param>
    /// <param name="maxHeaderBytes">Largest header accepted, in bytes.</param>
    /// <param name="command">The frame; its body is a copy.</param>
    /// <returns><see langword="false"/> when more bytes are needed.</returns>
    /// <exception cref="RocketMqProtocolException">The bytes are no frame, or too large a one.</exception>
    public static bool TryRead(
        ref ReadOnlySequence<byte> input, int maxFrameBytes, int maxHeaderBytes, out RocketMqCommand? command)
    {
        command = null;
        Span<byte> prefix = stackalloc byte[PrefixBytes];
        int seen = (int)Math.Min(input.Length, PrefixBytes);
        if (seen < LengthBytes)
            return false;
        input.Slice(0, seen).CopyTo(prefix);

        // Checked before the frame arrives: a hostile length must never make us buffer.
        int length = BinaryPrimitives.ReadInt32BigEndian(prefix);
        if (length < PrefixBytes - LengthBytes || length > maxFrameBytes)
            throw RocketMqProtocolException.Framing($"frame of {length} bytes, the limit is {maxFrameBytes}");
        if (seen < PrefixBytes)
            return false;
        int word = BinaryPrimitives.ReadInt32BigEndian(prefix[LengthBytes..]);
        int headerBytes = word & HeaderLengthMask;
        if (headerBytes > length - (PrefixBytes - LengthBytes) || headerBytes > maxHeaderBytes)
            throw RocketMqProtocolException.Framing($"header of {headerBytes} bytes in a frame of {length}");
        if (input.Length < LengthBytes + (long)length)
            return false;

        ReadOnlySequence<byte> header = input.Slice(PrefixBytes, headerBytes);
        byte[] body =
            input.Slice(PrefixBytes + headerBytes, LengthBytes + length - PrefixBytes - headerBytes).ToArray();
        if (header.IsSingleSegment)
        {
            command = Read(word >>> SerializationShift, header.FirstSpan, body);
        }
        else
        {
            // One that lies across two pieces of the input, as some of each connection do.
            Span<byte> whole = headerBytes <= MaxStackBytes ? stackalloc byte[MaxStackBytes] : new byte[headerBytes];
            header.CopyTo(whole);
            command = Read(word >>> SerializationShift, whole[..headerBytes], body);
        }
        input = input.Slice(LengthBytes + (long)length);
        return true;
    }

    private static RocketMqCommand Read(int serialization, ReadOnlySpan<byte> header, byte[] body) =>
        serialization switch
        {
            (int)RocketMqSerialization.Json => RocketMqJsonHeader.Read(header, body),
            (int)RocketMqSerialization.Binary => RocketMqBinaryHeader.Read(header, body),
            _ => throw RocketMqProtocolException.Framing($"unknown serialization {serialization}"),
        };
}
