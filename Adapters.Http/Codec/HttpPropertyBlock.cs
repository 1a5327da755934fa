using System.Buffers.Binary;
using System.Text;

namespace Cmq.MultiProtocol.Adapters.Http.Codec;

/// <summary>The stored form of <see cref="HttpProperties"/>: version (1 byte), sent time (8, big-endian),
/// number of tags (1), and for each its length (1) and UTF-8. On disk: a change needs another
/// version.</summary>
public static class HttpPropertyBlock
{
    private const byte Version = 1;
    private const int FixedBytes = 10;

    public static byte[] Write(HttpProperties properties)
    {
        byte[][] tags = [.. properties.Tags.Select(Encoding.UTF8.GetBytes)];
        byte[] block = new byte[FixedBytes + tags.Sum(t => 1 + t.Length)];
        block[0] = Version;
        BinaryPrimitives.WriteInt64BigEndian(block.AsSpan(1), properties.SentMs);
        block[FixedBytes - 1] = (byte)tags.Length;

        int at = FixedBytes;
        foreach (byte[] tag in tags)
        {
            block[at++] = (byte)tag.Length;
            tag.CopyTo(block, at);
            at += tag.Length;
        }

        return block;
    }

    /// <exception cref="InvalidDataException">Not a block of this version.</exception>
    public static HttpProperties Read(ReadOnlySpan<byte> block)
    {
        if (block.Length < FixedBytes || block[0] != Version)
            throw new InvalidDataException("Not a property block of the HTTP door.");

        long sentMs = BinaryPrimitives.ReadInt64BigEndian(block[1..]);
        var tags = new List<string>(block[FixedBytes - 1]);
        ReadOnlySpan<byte> rest = block[FixedBytes..];
        for (int left = block[FixedBytes - 1]; left > 0; left--)
        {
            if (rest.IsEmpty || rest.Length < 1 + rest[0])
                throw new InvalidDataException("A property block of the HTTP door is cut off.");
            tags.Add(Encoding.UTF8.GetString(rest.Slice(1, rest[0])));
            rest = rest[(1 + rest[0])..];
        }

        return new HttpProperties(sentMs, tags);
    }
}
