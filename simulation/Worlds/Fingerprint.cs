using System.Buffers.Binary;

namespace Cmq.MultiProtocol.Simulation.Worlds;

/// <summary>FNV-1a over 64-bit words: short names for contents, to compare and to print.</summary>
internal static class Fingerprint
{
    public const ulong Empty = 0xCBF29CE484222325;
    private const ulong Prime = 0x100000001B3;

    public static ulong Add(ulong hash, ulong word)
    {
        unchecked
        {
            hash = (hash ^ word) * Prime;
            return hash ^ (hash >> 29);
        }
    }

    public static ulong Of(ReadOnlySpan<byte> bytes, ulong hash = Empty)
    {
        hash = Add(hash, (ulong)bytes.Length);
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            hash = Add(hash, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (byte one in bytes)
            hash = Add(hash, one);
        return hash;
    }

    public static ulong Of(string text, ulong hash = Empty)
    {
        foreach (char one in text)
            hash = Add(hash, one);
        return hash;
    }
}
