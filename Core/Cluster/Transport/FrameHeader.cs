using System.Buffers;
using System.Buffers.Binary;

namespace Cmq.MultiProtocol.Core.Cluster.Transport;

/// <summary>
/// What stands before each payload: 16 bytes, little-endian. Length of the payload (4), frame type (1),
/// message kind (1), zero (2), group (4), CRC-32C of the 12 bytes before and the payload (4). The layout of
/// header and hello outlives protocol versions, so that differing ones can tell each other.
/// </summary>
internal readonly record struct FrameHeader(
    int PayloadBytes, FrameType Type, byte Kind, GroupId Group, uint Checksum)
{
    public const int Bytes = 16;
    private const int ChecksumOffset = 12;

    /// <summary>Cuts a header off the front of <paramref name="input"/>.</summary>
    /// <param name="input">Bytes received so far; advanced only when a header is returned.</param>
    /// <param name="maxPayloadBytes">Largest payload accepted, in bytes.</param>
    /// <returns><see langword="false"/> when more bytes are needed.</returns>
    /// <exception cref="PeerProtocolException">Not a header, or of a payload too large.</exception>
    public static bool TryRead(ref ReadOnlySequence<byte> input, int maxPayloadBytes, out FrameHeader header)
    {
        header = default;
        if (input.Length < Bytes)
            return false;

        Span<byte> bytes = stackalloc byte[Bytes];
        input.Slice(0, Bytes).CopyTo(bytes);
        uint payloadBytes = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        var type = (FrameType)bytes[4];
        if (type is < FrameType.Hello or > FrameType.Idle
            || BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]) != 0)
            throw new PeerProtocolException("not a frame of the peer protocol");
        // Checked before the payload arrives: a hostile length must never make us allocate.
        if (payloadBytes > (uint)maxPayloadBytes)
            throw new PeerProtocolException(
                $"payload of {payloadBytes} bytes, {maxPayloadBytes} are allowed");

        header = new FrameHeader(
            (int)payloadBytes,
            type,
            bytes[5],
            new GroupId(BinaryPrimitives.ReadInt32LittleEndian(bytes[8..])),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[ChecksumOffset..]));
        input = input.Slice(Bytes);
        return true;
    }

    /// <summary>Writes the header of <paramref name="payload"/> into the first <see cref="Bytes"/> of
    /// <paramref name="to"/>.</summary>
    public static void Write(
        Span<byte> to, FrameType type, byte kind, GroupId group, ReadOnlySpan<byte> payload)
    {
        WriteFields(to, type, kind, group, payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(
            to[ChecksumOffset..], FrameChecksum.Of(to[..ChecksumOffset], payload));
    }

    /// <exception cref="PeerProtocolException">The payload is not the one that was sent.</exception>
    public void Verify(ReadOnlySpan<byte> payload)
    {
        Span<byte> fields = stackalloc byte[ChecksumOffset];
        WriteFields(fields, Type, Kind, Group, PayloadBytes);
        if (FrameChecksum.Of(fields, payload) != Checksum)
            throw new PeerProtocolException("checksum of a frame does not match");
    }

    private static void WriteFields(Span<byte> to, FrameType type, byte kind, GroupId group, int payloadBytes)
    {
        BinaryPrimitives.WriteInt32LittleEndian(to, payloadBytes);
        to[4] = (byte)type;
        to[5] = kind;
        BinaryPrimitives.WriteUInt16LittleEndian(to[6..], 0);
        BinaryPrimitives.WriteInt32LittleEndian(to[8..], group.Value);
    }
}
