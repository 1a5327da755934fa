using Cmq.MultiProtocol.Core.Storage;

namespace Cmq.MultiProtocol.Core.Cluster.Transport;

/// <summary>CRC-32C (Castagnoli, as in RFC 3720 B.4) of the pieces of a frame.</summary>
internal static class FrameChecksum
{
    public static uint Of(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload) =>
        ~Crc32C.Append(Crc32C.Append(Crc32C.Seed, header), payload);
}
