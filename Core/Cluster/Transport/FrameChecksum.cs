using System.Buffers.Binary;
using System.Numerics;

namespace Cmq.MultiProtocol.Core.Cluster.Transport;

/// <summary>CRC-32C (Castagnoli, as in RFC 3720 B.4) of the pieces of a frame.</summary>
internal static class FrameChecksum
{
    public static uint Of(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload) =>
        ~Append(Append(uint.MaxValue, header), payload);

    private static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (byte value in bytes)
            crc = BitOperations.Crc32C(crc, value);
        return crc;
    }
}
