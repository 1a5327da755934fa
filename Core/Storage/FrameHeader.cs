using System.Buffers.Binary;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>
/// The 56 bytes before a frame's body: magic 4, version 1, kind 1, reserved 2, length 4, CRC 4, sequence 8,
/// incarnation 8, durable 8, group 4, count 4, first index 8; little-endian.
/// </summary>
/// <param name="Kind">What the body is.</param>
/// <param name="Length">Bytes of the whole frame.</param>
/// <param name="Sequence">One more than the frame before; a filler repeats it.</param>
/// <param name="Incarnation">Opening of the store that wrote it.</param>
/// <param name="DurableSequence">Last sequence known to be durable when this frame was written. A frame with
/// a lower or equal sequence that is unreadable is damage, not the end of the log.</param>
/// <param name="Group">The group, 0 where none is meant.</param>
/// <param name="Count">Items in the body.</param>
/// <param name="FirstIndex">First Raft index, or the segment or snapshot that the frame is about.</param>
internal readonly record struct FrameHeader(
    FrameKind Kind, int Length, long Sequence, long Incarnation, long DurableSequence, GroupId Group, int Count,
    long FirstIndex)
{
    public const int Size = 56;
    public const uint Magic = 0x464D_5143;
    private const byte Version = 1;
    private const int CrcAt = 12;

    /// <summary>Start value of the checksums of one segment: bytes of another store or segment, say inside a
    /// message, can never pass for a frame.</summary>
    public static uint SeedOf(Guid storeId, long segment)
    {
        Span<byte> id = stackalloc byte[16];
        storeId.TryWriteBytes(id);
        return Crc32C.Append(Crc32C.Append(Crc32C.Seed, id), segment);
    }

    /// <summary>Writes header and checksum around a body that stands in <paramref name="frame"/>
    /// already.</summary>
    public void Write(Span<byte> frame, uint seed)
    {
        var fields = new FieldWriter(frame[..Size]);
        fields.UInt32(Magic);
        fields.Byte(Version);
        fields.Byte((byte)Kind);
        fields.Byte(0);
        fields.Byte(0);
        fields.Int32(Length);
        fields.UInt32(0);
        fields.Int64(Sequence);
        fields.Int64(Incarnation);
        fields.Int64(DurableSequence);
        fields.Int32(Group.Value);
        fields.Int32(Count);
        fields.Int64(FirstIndex);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[CrcAt..], Checksum(frame[..Length], seed));
    }

    /// <summary>Reads a frame that starts at <paramref name="bytes"/>.</summary>
    /// <returns><see langword="false"/> when there is none that is whole and has a good checksum.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, uint seed, out FrameHeader header)
    {
        header = default;
        if (bytes.Length < Size || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic || bytes[4] != Version)
            return false;

        int length = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
        if (length < Size || length > bytes.Length)
            return false;
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[CrcAt..]) != Checksum(bytes[..length], seed))
            return false;

        var fields = new FieldReader(bytes[16..Size]);
        header = new FrameHeader((FrameKind)bytes[5], length, fields.Int64(), fields.Int64(), fields.Int64(),
            new GroupId(fields.Int32()), fields.Int32(), fields.Int64());
        return true;
    }

    private static uint Checksum(ReadOnlySpan<byte> frame, uint seed)
    {
        uint crc = Crc32C.Append(seed, frame[..CrcAt]);
        return ~Crc32C.Append(crc, frame[(CrcAt + sizeof(uint))..]);
    }
}
