using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec;

/// <summary>Bodies that a client compressed (specification section 8: bit 0 of the sysFlag, and in bits 8 to 10 how).
/// </summary>
public static class RocketMqCompression
{
    private const int TypeShift = 8;
    private const int TypeMask = 7;
    private const int Lz4 = 1;
    private const int Zstd = 2;

    private const int PieceBytes = 16 * 1024;
    private const int ChecksumBytes = sizeof(uint);

    /// <summary>Name of the coding in the words of HTTP; null when the body is not compressed.</summary>
    public static string? CodingOf(int sysFlag)
    {
        if ((sysFlag & RocketMqSysFlag.Compressed) == 0)
            return null;
        return ((sysFlag >> TypeShift) & TypeMask) switch
        {
            Lz4 => "lz4",
            Zstd => "zstd",
            _ => "deflate",
        };
    }

    /// <summary>Undoes zlib, which all clients use unless they are told otherwise.</summary>
    /// <param name="sysFlag">Says whether and how the body is compressed.</param>
    /// <param name="body">The body.</param>
    /// <param name="maxBytes">Largest result.</param>
    /// <param name="plain">The result.</param>
    /// <returns>False: it is compressed in another way or not at all, it is no whole zlib stream, or it would become
    /// larger than that.</returns>
    public static bool TryUndo(
        int sysFlag, in ReadOnlySequence<byte> body, int maxBytes, [NotNullWhen(true)] out byte[]? plain)
    {
        plain = null;
        if (CodingOf(sysFlag) != "deflate")
            return false;
        byte[] packed = body.ToArray();
        try
        {
            // Counted before room is made: a few KiB may say that they are many MiB.
            if (Count(packed, maxBytes) is not { } bytes)
                return false;
            plain = new byte[bytes];
            using ZLibStream stream = Over(packed);
            stream.ReadExactly(plain);
            return true;
        }
        catch (Exception broken) when (broken is InvalidDataException or IOException)
        {
            // The flag says so, but the body is something else: nobody but its sender knows what.
            return false;
        }
    }

    /// <returns>Null: it is larger, or not whole: a stream that is cut off ends without an error.</returns>
    private static int? Count(byte[] packed, int maxBytes)
    {
        if (packed.Length < ChecksumBytes)
            return null;
        uint checksum = 1;
        byte[] piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            using ZLibStream stream = Over(packed);
            long bytes = 0;
            for (int read = stream.Read(piece); read > 0; read = stream.Read(piece))
            {
                bytes += read;
                if (bytes > maxBytes)
                    return null;
                checksum = Adler32(checksum, piece.AsSpan(0, read));
            }
            return checksum == BinaryPrimitives.ReadUInt32BigEndian(packed.AsSpan(packed.Length - ChecksumBytes))
                ? (int)bytes
                : null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    /// <summary>The checksum at the end of a stream (RFC 1950), of the bytes so far and these.</summary>
    private static uint Adler32(uint checksum, ReadOnlySpan<byte> bytes)
    {
        const uint modulus = 65_521;
        const int most = 5_552;
        (uint low, uint high) = (checksum & 0xFFFF, checksum >> 16);
        while (!bytes.IsEmpty)
        {
            // So many can be summed up before the sums leave 32 bits.
            ReadOnlySpan<byte> part = bytes[..Math.Min(bytes.Length, most)];
            foreach (byte b in part)
            {
                low += b;
                high += low;
            }
            (low, high) = (low % modulus, high % modulus);
            bytes = bytes[part.Length..];
        }
        return (high << 16) | low;
    }

    private static ZLibStream Over(byte[] packed) => new(new MemoryStream(packed), CompressionMode.Decompress);
}
