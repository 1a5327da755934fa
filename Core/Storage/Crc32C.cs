using System.Buffers.Binary;
using System.Numerics;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>CRC-32C (Castagnoli) by the processor's instruction, without the final inversion's ceremony: a
/// running value that starts at a seed of the caller's.</summary>
internal static class Crc32C
{
    public const uint Seed = 0xFFFF_FFFF;

    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
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
}
