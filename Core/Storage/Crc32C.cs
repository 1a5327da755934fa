using System.Buffers.Binary;
using System.Numerics;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>CRC-32C (Castagnoli) by the processor's instruction, without the final inversion's ceremony: a
/// running value that starts at a seed of the caller's.</summary>
internal static class Crc32C
{
    public const uint Seed = 0xFFFF_FFFF;

    /// <summary>Bytes of one of three lanes that are worked on at the same time: the instruction begins anew each cycle,
    /// and gives its result three cycles later.</summary>
    private const int LaneBytes = 1024;

    /// <summary>The polynomial, its bits in reverse.</summary>
    private const uint Polynomial = 0x82F6_3B78;

    /// <summary>What a value becomes behind a lane of zeros, for each value of each of its four bytes.</summary>
    private static readonly uint[] BehindLane = MakeBehindLane();

    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= 3 * LaneBytes)
        {
            crc = AppendLanes(crc, bytes);
            bytes = bytes[(3 * LaneBytes)..];
        }

        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (byte value in bytes)
            crc = BitOperations.Crc32C(crc, value);
        return crc;
    }

    public static uint Append(uint crc, long value) => BitOperations.Crc32C(crc, unchecked((ulong)value));

    /// <summary>Three lanes, each as if it stood alone. The value is linear in what was appended: what a lane has is moved
    /// behind the next one, and added to it.</summary>
    private static uint AppendLanes(uint crc, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> first = bytes[..LaneBytes];
        ReadOnlySpan<byte> second = bytes.Slice(LaneBytes, LaneBytes);
        ReadOnlySpan<byte> third = bytes.Slice(2 * LaneBytes, LaneBytes);
        uint crc2 = 0;
        uint crc3 = 0;
        for (int at = 0; at <= LaneBytes - sizeof(ulong); at += sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(first[at..]));
            crc2 = BitOperations.Crc32C(crc2, BinaryPrimitives.ReadUInt64LittleEndian(second[at..]));
            crc3 = BitOperations.Crc32C(crc3, BinaryPrimitives.ReadUInt64LittleEndian(third[at..]));
        }

        return MoveBehindLane(MoveBehindLane(crc) ^ crc2) ^ crc3;
    }

    private static uint MoveBehindLane(uint crc)
    {
        ReadOnlySpan<uint> table = BehindLane;
        return table[(int)(crc & 0xFF)]
            ^ table[256 + (int)((crc >> 8) & 0xFF)]
            ^ table[512 + (int)((crc >> 16) & 0xFF)]
            ^ table[768 + (int)(crc >> 24)];
    }

    private static uint[] MakeBehindLane()
    {
        var table = new uint[4 * 256];
        for (int bit = 0; bit < 32; bit++)
        {
            int place = 256 * (bit / 8);
            int value = 1 << (bit % 8);
            uint moved = BehindZeros(1u << bit, LaneBytes);
            for (int lower = 0; lower < value; lower++)
                table[place + value + lower] = table[place + lower] ^ moved;
        }

        return table;
    }

    private static uint BehindZeros(uint crc, int count)
    {
        for (int bit = 0; bit < 8 * count; bit++)
            crc = (crc >> 1) ^ ((crc & 1) == 0 ? 0 : Polynomial);
        return crc;
    }
}
