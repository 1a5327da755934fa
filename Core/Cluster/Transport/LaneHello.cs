using System.Buffers.Binary;

namespace Cmq.MultiProtocol.Core.Cluster.Transport;

/// <summary>
/// Payload of a <see cref="FrameType.Hello"/>, 65 bytes, little-endian: magic (8), protocol version (4), lane
/// (1), session (8), node (4), cluster (16), store (16), incarnation (8).
/// </summary>
/// <param name="Session">Number of the dialling side's attempt, growing; lanes of one attempt belong
/// together. The answer repeats it.</param>
internal readonly record struct LaneHello(PeerLane Lane, long Session, PeerHello Peer)
{
    public const int Bytes = 65;

    /// <summary>A later version's hello may be longer; it must still be read far enough to be
    /// refused.</summary>
    public const int MaxBytes = 1024;

    private const int VersionedBytes = 12;
    private const int LaneCount = 3;

    private static ReadOnlySpan<byte> Magic => "cmqdpeer"u8;

    public byte[] Encode()
    {
        byte[] bytes = new byte[Bytes];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), Peer.ProtocolVersion);
        bytes[12] = (byte)Lane;
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(13), Session);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(21), Peer.Node.Value);
        Peer.ClusterId.TryWriteBytes(bytes.AsSpan(25));
        Peer.StoreId.TryWriteBytes(bytes.AsSpan(41));
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(57), Peer.Incarnation);
        return bytes;
    }

    /// <exception cref="PeerProtocolException">Not a hello, or one of another version.</exception>
    public static LaneHello Decode(ReadOnlySpan<byte> bytes, int ownVersion)
    {
        if (bytes.Length < VersionedBytes || !bytes.StartsWith(Magic))
            throw new PeerProtocolException("not a hello of the peer protocol");
        int version = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
        if (version != ownVersion)
            throw new PeerProtocolException(
                $"peer protocol version {version} does not talk to version {ownVersion}");
        if (bytes.Length != Bytes || bytes[12] >= LaneCount)
            throw new PeerProtocolException("malformed hello");

        return new LaneHello(
            (PeerLane)bytes[12],
            BinaryPrimitives.ReadInt64LittleEndian(bytes[13..]),
            new PeerHello(
                new NodeId(BinaryPrimitives.ReadInt32LittleEndian(bytes[21..])),
                new Guid(bytes.Slice(25, 16)),
                new Guid(bytes.Slice(41, 16)),
                BinaryPrimitives.ReadInt64LittleEndian(bytes[57..]),
                version));
    }
}
