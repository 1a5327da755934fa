using System.Buffers.Binary;

namespace Cmq.MultiProtocol.Core.Groups;

/// <summary>The commands of a batch, by slot.</summary>
public static class BatchView
{
    /// <summary>The command in a slot.</summary>
    /// <exception cref="InvariantException">There is no such slot, or the batch is malformed.</exception>
    public static ReadOnlyMemory<byte> Command(ReadOnlyMemory<byte> batch, int slot)
    {
        ReadOnlySpan<byte> span = batch.Span;
        Invariant.Check(span.Length >= BatchHeader.Size, "a batch is shorter than its header");
        int count = BinaryPrimitives.ReadInt32LittleEndian(span[38..]);
        int table = BinaryPrimitives.ReadInt32LittleEndian(span[42..]);
        Invariant.Check((uint)slot < (uint)count, "a slot is outside its batch");
        Invariant.Check(
            table >= BatchHeader.Size && table <= span.Length && span.Length - table == 4L * count,
            "a batch's table is malformed");
        int start = slot == 0
            ? BatchHeader.Size
            : BinaryPrimitives.ReadInt32LittleEndian(span[(table + 4 * (slot - 1))..]);
        int end = BinaryPrimitives.ReadInt32LittleEndian(span[(table + 4 * slot)..]);
        Invariant.Check(start >= BatchHeader.Size && start <= end && end <= table, "a batch's table is malformed");
        return batch[start..end];
    }
}
