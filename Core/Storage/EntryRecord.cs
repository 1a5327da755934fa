using System.Buffers.Binary;
using Cmq.MultiProtocol.Core.Consensus;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>
/// One entry inside a frame: payload length 4, CRC 4, term 8, kind 1, reserved 7, payload. It has its own
/// checksum, over group and index too, so that one entry of a large frame is read and trusted alone.
/// </summary>
internal static class EntryRecord
{
    public const int HeaderSize = 24;
    private const int TermAt = 8;
    private const int KindAt = 16;

    public static int SizeOf(in Entry entry) => HeaderSize + entry.Payload.Length;

    public static void Write(Span<byte> record, GroupId group, in Entry entry)
    {
        record[..HeaderSize].Clear();
        BinaryPrimitives.WriteInt32LittleEndian(record, entry.Payload.Length);
        BinaryPrimitives.WriteInt64LittleEndian(record[TermAt..], entry.Term);
        record[KindAt] = (byte)entry.Kind;
        entry.Payload.Span.CopyTo(record[HeaderSize..]);
        uint crc = Checksum(record[..SizeOf(entry)], group, entry.Index);
        BinaryPrimitives.WriteUInt32LittleEndian(record[4..], crc);
    }

    /// <summary>Bytes of the record that starts here, as its header says.</summary>
    /// <exception cref="InvariantException">It does not end within these bytes.</exception>
    public static int PeekSize(ReadOnlySpan<byte> record)
    {
        Invariant.Check(record.Length >= HeaderSize, "an entry's record is shorter than its header");
        int payload = BinaryPrimitives.ReadInt32LittleEndian(record);
        Invariant.Check(payload >= 0 && payload <= record.Length - HeaderSize, "an entry's record ends within its frame");
        return HeaderSize + payload;
    }

    public static long PeekTerm(ReadOnlySpan<byte> record) =>
        BinaryPrimitives.ReadInt64LittleEndian(record[TermAt..]);

    /// <summary>Decodes one record; the payload borrows from it.</summary>
    /// <returns><see langword="false"/> when length or checksum is wrong for this group and index.</returns>
    public static bool TryRead(ReadOnlyMemory<byte> record, GroupId group, long index, out Entry entry)
    {
        entry = default;
        ReadOnlySpan<byte> bytes = record.Span;
        if (bytes.Length < HeaderSize
            || BinaryPrimitives.ReadInt32LittleEndian(bytes) != bytes.Length - HeaderSize
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]) != Checksum(bytes, group, index))
        {
            return false;
        }

        entry = new Entry(index, PeekTerm(bytes), (EntryKind)bytes[KindAt], record[HeaderSize..]);
        return true;
    }

    private static uint Checksum(ReadOnlySpan<byte> record, GroupId group, long index)
    {
        uint crc = Crc32C.Append(Crc32C.Append(Crc32C.Seed, group.Value), index);
        crc = Crc32C.Append(crc, record.Length);
        return ~Crc32C.Append(crc, record[TermAt..]);
    }
}
