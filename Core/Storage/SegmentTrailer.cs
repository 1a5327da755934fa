using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>
/// The last 64 bytes of a sealed segment: magic 8, version 4, CRC 4, segment 8, first and last sequence 8 +
/// 8, data end 8, map start 8, map bytes 4, map CRC 4. A file without a good one is not sealed.
/// </summary>
internal sealed record SegmentTrailer(
    long Segment, long FirstSequence, long LastSequence, long DataEnd, long MapStart, int MapBytes, uint MapCrc)
{
    public const int Size = 64;
    private const int FormatVersion = 1;
    private const int CrcAt = 12;
    private const int BlockBytes = 4096;

    private static ReadOnlySpan<byte> Magic => "CMQSEALD"u8;

    /// <summary>Cuts the file behind its last frame and writes map and trailer there. Blocks until
    /// durable. The trailer vouches for the map at every start, so it is written when the map is durable: or a power loss
    /// could leave it behind a map of which a part is missing, which is damage.</summary>
    /// <returns>Bytes of the whole file.</returns>
    public static long Seal(SafeFileHandle file, Guid storeId, SegmentTrailer trailer, byte[] map)
    {
        long mapStart = (trailer.DataEnd + BlockBytes - 1) / BlockBytes * BlockBytes;
        uint mapCrc = ~Crc32C.Append(FrameHeader.SeedOf(storeId, trailer.Segment), map);
        byte[] end = new byte[Size];
        (trailer with { MapStart = mapStart, MapBytes = map.Length, MapCrc = mapCrc }).Write(end, storeId);

        RandomAccess.SetLength(file, mapStart);
        RandomAccess.Write(file, map, mapStart);
        RandomAccess.FlushToDisk(file);
        RandomAccess.Write(file, end, mapStart + map.Length);
        RandomAccess.FlushToDisk(file);
        return mapStart + map.Length + Size;
    }

    /// <summary>Null when the file does not end in a good trailer of this segment.</summary>
    public static SegmentTrailer? TryRead(SafeFileHandle file, Guid storeId, long segment)
    {
        long length = RandomAccess.GetLength(file);
        Span<byte> bytes = stackalloc byte[Size];
        if (length < Size || RandomAccess.Read(file, bytes, length - Size) != Size || !bytes[..8].SequenceEqual(Magic))
            return null;
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[CrcAt..]) != Checksum(bytes, storeId, segment))
            return null;

        var fields = new FieldReader(bytes[8..]);
        int version = fields.Int32();
        _ = fields.UInt32();
        var trailer = new SegmentTrailer(fields.Int64(), fields.Int64(), fields.Int64(), fields.Int64(),
            fields.Int64(), fields.Int32(), fields.UInt32());
        bool fits = version == FormatVersion && trailer.Segment == segment
            && trailer.MapStart + trailer.MapBytes + Size == length;
        return fits ? trailer : null;
    }

    /// <exception cref="LogStoreException">The map is damaged.</exception>
    public SegmentMap ReadMap(SafeFileHandle file, Guid storeId)
    {
        byte[] map = new byte[MapBytes];
        int read = RandomAccess.Read(file, map, MapStart);
        if (read != MapBytes || ~Crc32C.Append(FrameHeader.SeedOf(storeId, Segment), map) != MapCrc)
            throw new StoreDamageException($"The index map of sealed segment {Segment} is damaged.");
        return SegmentMap.Decode(map);
    }

    private void Write(Span<byte> target, Guid storeId)
    {
        var fields = new FieldWriter(target);
        fields.Bytes(Magic);
        fields.Int32(FormatVersion);
        fields.UInt32(0);
        fields.Int64(Segment);
        fields.Int64(FirstSequence);
        fields.Int64(LastSequence);
        fields.Int64(DataEnd);
        fields.Int64(MapStart);
        fields.Int32(MapBytes);
        fields.UInt32(MapCrc);
        BinaryPrimitives.WriteUInt32LittleEndian(target[CrcAt..], Checksum(target, storeId, Segment));
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes, Guid storeId, long segment)
    {
        uint crc = Crc32C.Append(FrameHeader.SeedOf(storeId, segment), bytes[..CrcAt]);
        return ~Crc32C.Append(crc, bytes[(CrcAt + sizeof(uint))..Size]);
    }
}
