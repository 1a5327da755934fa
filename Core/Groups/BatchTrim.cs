using System.Buffers.Binary;

namespace Cmq.MultiProtocol.Core.Groups;

/// <summary>
/// Makes a batch smaller that nobody will apply again: only the commands that something refers to stay, each under its
/// old slot. Layout as in <see cref="BatchHeader"/>, but the first byte has <see cref="BatchHeader.Trimmed"/>, the count
/// is that of the commands left, and the table has slot i32 and end offset i32 for each of them, ascending.
/// </summary>
public static class BatchTrim
{
    /// <summary>Bytes in the table for each command left.</summary>
    internal const int PlaceBytes = 2 * sizeof(int);

    /// <summary>The batch with these commands only; itself when that would not be smaller.</summary>
    /// <param name="batch">A batch, which may be trimmed already.</param>
    /// <param name="slots">Slots that it has, ascending, each once.</param>
    /// <exception cref="InvariantException">It lacks one of them, or is malformed.</exception>
    public static ReadOnlyMemory<byte> Keep(ReadOnlyMemory<byte> batch, IReadOnlyList<int> slots)
    {
        int table = BatchHeader.Size;
        foreach (int slot in slots)
            table += BatchView.Command(batch, slot).Length;
        if (table + (slots.Count * PlaceBytes) >= batch.Length)
            return batch;

        byte[] kept = new byte[table + (slots.Count * PlaceBytes)];
        BatchHeader header = BatchHeader.Read(batch.Span);
        (header with { Count = slots.Count }).Write(kept, table);
        kept[0] |= BatchHeader.Trimmed;
        int end = BatchHeader.Size;
        for (int i = 0; i < slots.Count; i++)
        {
            ReadOnlyMemory<byte> command = BatchView.Command(batch, slots[i]);
            command.Span.CopyTo(kept.AsSpan(end));
            end += command.Length;
            Span<byte> place = kept.AsSpan(table + (i * PlaceBytes));
            BinaryPrimitives.WriteInt32LittleEndian(place, slots[i]);
            BinaryPrimitives.WriteInt32LittleEndian(place[sizeof(int)..], end);
        }

        return kept;
    }
}
