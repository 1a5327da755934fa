using System.Buffers.Binary;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>A block in a file: queue 8, first sequence 8, block bytes 4, CRC-32C 4, then the block.</summary>
internal static class BlockRecord
{
    public const int HeaderBytes = 24;

    private const int CrcAt = 20;

    /// <summary>Where a file's checksums start: a record of another store, group or file is not taken for a good
    /// one.</summary>
    public static uint SeedOf(Guid storeId, GroupId group, long file)
    {
        Span<byte> id = stackalloc byte[16];
        storeId.TryWriteBytes(id);
        return Crc32C.Append(Crc32C.Append(Crc32C.Append(Crc32C.Seed, id), group.Value), file);
    }

    public static void Write(Span<byte> record, uint seed, BlockName name, ReadOnlySpan<byte> block)
    {
        var fields = new FieldWriter(record);
        fields.Int64(name.Queue.Value);
        fields.Int64(name.First);
        fields.Int32(block.Length);
        block.CopyTo(record[HeaderBytes..]);
        BinaryPrimitives.WriteUInt32LittleEndian(record[CrcAt..], Checksum(record, seed));
    }

    /// <summary>Whether the bytes are that block, whole.</summary>
    public static bool IsGood(ReadOnlySpan<byte> record, uint seed, BlockName name)
    {
        var fields = new FieldReader(record);
        return fields.Int64() == name.Queue.Value && fields.Int64() == name.First
            && fields.Int32() == record.Length - HeaderBytes
            && BinaryPrimitives.ReadUInt32LittleEndian(record[CrcAt..]) == Checksum(record, seed);
    }

    private static uint Checksum(ReadOnlySpan<byte> record, uint seed) =>
        ~Crc32C.Append(Crc32C.Append(seed, record[..CrcAt]), record[HeaderBytes..]);
}
