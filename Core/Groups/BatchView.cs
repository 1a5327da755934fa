using System.Buffers.Binary;

namespace Cmq.MultiProtocol.Core.Groups;

/// <summary>The commands of a batch, by slot.</summary>
public static class BatchView
{
    /// <summary>Reads a batch of which nothing is known yet.</summary>
    /// <returns>Its header; it has that many commands, at least one, and none is missing.</returns>
    /// <exception cref="MalformedException">It is no such batch.</exception>
    public static BatchHeader Check(ReadOnlyMemory<byte> batch)
    {
        ReadOnlySpan<byte> span = batch.Span;
        BatchHeader header = BatchHeader.Read(span);
        int table = BinaryPrimitives.ReadInt32LittleEndian(span[42..]);
        bool isWhole = !BatchHeader.IsTrimmed(span) && header.Count is > 0 and <= BatchBuilder.MaxCommands
            && table >= BatchHeader.Size && table <= span.Length && span.Length - table == sizeof(int) * header.Count;
        int end = BatchHeader.Size;
        for (int slot = 0; isWhole && slot < header.Count; slot++)
        {
            int next = EndAt(span, table, sizeof(int), slot);
            isWhole = next >= end && next <= table;
            end = next;
        }

        MalformedException.ThrowIf(!isWhole || end != table, "a batch is not whole");
        return header;
    }

    /// <summary>The command in a slot.</summary>
    /// <exception cref="InvariantException">There is no such slot, it was trimmed away, or the batch is
    /// malformed.</exception>
    public static ReadOnlyMemory<byte> Command(ReadOnlyMemory<byte> batch, int slot)
    {
        ReadOnlySpan<byte> span = batch.Span;
        Invariant.Check(span.Length >= BatchHeader.Size, "a batch is shorter than its header");
        int count = BinaryPrimitives.ReadInt32LittleEndian(span[38..]);
        int table = BinaryPrimitives.ReadInt32LittleEndian(span[42..]);
        bool isTrimmed = BatchHeader.IsTrimmed(span);
        int placeBytes = isTrimmed ? BatchTrim.PlaceBytes : sizeof(int);
        Invariant.Check(
            table >= BatchHeader.Size && table <= span.Length && span.Length - table == (long)placeBytes * count,
            "a batch's table is malformed");
        int place = isTrimmed ? Find(span[table..], count, slot) : slot;
        Invariant.Check(place >= 0 && place < count, "a slot is outside its batch");
        int start = place == 0 ? BatchHeader.Size : EndAt(span, table, placeBytes, place - 1);
        int end = EndAt(span, table, placeBytes, place);
        Invariant.Check(start >= BatchHeader.Size && start <= end && end <= table, "a batch's table is malformed");
        return batch[start..end];
    }

    /// <summary>The offset is the last of what the table has for a command.</summary>
    private static int EndAt(ReadOnlySpan<byte> batch, int table, int placeBytes, int place) =>
        BinaryPrimitives.ReadInt32LittleEndian(batch[(table + (placeBytes * (place + 1)) - sizeof(int))..]);

    /// <returns>-1: it was trimmed away.</returns>
    private static int Find(ReadOnlySpan<byte> table, int count, int slot)
    {
        int low = 0, high = count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            int found = BinaryPrimitives.ReadInt32LittleEndian(table[(BatchTrim.PlaceBytes * middle)..]);
            if (found == slot)
                return middle;
            if (found < slot)
                low = middle + 1;
            else
                high = middle - 1;
        }

        return -1;
    }
}
