using System.Buffers.Binary;

namespace Cmq.MultiProtocol.Core.Groups;

/// <summary>
/// The fixed front of a batch, which is the payload of one Raft entry: whose lane, which number, log time, how many
/// commands. Layout, little-endian: kind u8, source kind u8, source id i32, source incarnation i64, number i64,
/// seen i64, timestamp i64, count i32, table offset i32; then the commands; then a table of <c>count</c> end offsets.
/// </summary>
/// <param name="Kind">Commands of the machine, or of the group itself.</param>
/// <param name="Source">Whose lane.</param>
/// <param name="Number">Place on the lane, from 1; 0 for the leader's own.</param>
/// <param name="SeenUpTo">The source has the answers up to this number.</param>
/// <param name="TimestampMs">Log time, Unix ms; stamped by the leader.</param>
/// <param name="Count">Commands in the batch.</param>
public readonly record struct BatchHeader(
    BatchKind Kind, LaneSource Source, long Number, long SeenUpTo, long TimestampMs, int Count)
{
    /// <summary>Bytes before the first command.</summary>
    public const int Size = 46;

    /// <summary>In the first byte: commands are missing, and the table says whose those are that are there
    /// (<see cref="BatchTrim"/>).</summary>
    internal const byte Trimmed = 0x80;

    private const int TimestampOffset = 30;

    internal void Write(Span<byte> output, int tableOffset)
    {
        output[0] = (byte)Kind;
        output[1] = (byte)Source.Kind;
        BinaryPrimitives.WriteInt32LittleEndian(output[2..], Source.Id);
        BinaryPrimitives.WriteInt64LittleEndian(output[6..], Source.Incarnation);
        BinaryPrimitives.WriteInt64LittleEndian(output[14..], Number);
        BinaryPrimitives.WriteInt64LittleEndian(output[22..], SeenUpTo);
        BinaryPrimitives.WriteInt64LittleEndian(output[TimestampOffset..], TimestampMs);
        BinaryPrimitives.WriteInt32LittleEndian(output[38..], Count);
        BinaryPrimitives.WriteInt32LittleEndian(output[42..], tableOffset);
    }

    /// <exception cref="MalformedException">The bytes are no batch.</exception>
    public static BatchHeader Read(ReadOnlySpan<byte> batch)
    {
        MalformedException.ThrowIf(batch.Length < Size, "a batch is shorter than its header");
        var kind = (BatchKind)(batch[0] & ~Trimmed);
        MalformedException.ThrowIf(kind is not (BatchKind.Machine or BatchKind.Group), "a batch is of an unknown kind");
        return new BatchHeader(
            kind,
            new LaneSource(
                (LaneSourceKind)batch[1],
                BinaryPrimitives.ReadInt32LittleEndian(batch[2..]),
                BinaryPrimitives.ReadInt64LittleEndian(batch[6..])),
            BinaryPrimitives.ReadInt64LittleEndian(batch[14..]),
            BinaryPrimitives.ReadInt64LittleEndian(batch[22..]),
            BinaryPrimitives.ReadInt64LittleEndian(batch[TimestampOffset..]),
            BinaryPrimitives.ReadInt32LittleEndian(batch[38..]));
    }

    /// <summary>Whether commands are missing.</summary>
    public static bool IsTrimmed(ReadOnlySpan<byte> batch) => batch.Length >= Size && (batch[0] & Trimmed) != 0;

    /// <summary>Puts the leader's time on a batch that is about to be proposed; the only change ever made to one.</summary>
    public static void Stamp(Span<byte> batch, long timestampMs) =>
        BinaryPrimitives.WriteInt64LittleEndian(batch[TimestampOffset..], timestampMs);
}
