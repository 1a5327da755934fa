using System.Buffers;
using System.Security.Cryptography;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Cluster.Transport;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Transport;

/// <summary>Frames, cut in all ways.</summary>
public sealed class PeerReceiverTests
{
    private static readonly byte[][] Payloads = [[], [1], [.. Enumerable.Repeat((byte)5, 600)], [7, 8, 9]];

    private static readonly byte[] Stream =
    [
        .. RawPeer.Frame(FrameType.Message, Payloads[0]),
        .. RawPeer.Frame(FrameType.Message, Payloads[1]),
        .. RawPeer.Frame(FrameType.Idle, []),
        .. RawPeer.Frame(FrameType.Message, Payloads[2]),
        .. RawPeer.Frame(FrameType.Message, Payloads[3]),
    ];

    public static TheoryData<int> PieceSizes => [1, 2, 3, 15, 16, 17, 33, 100, 616, 617, 5000];

    [Theory, MemberData(nameof(PieceSizes))]
    public void Messages_come_out_as_they_went_in_however_the_bytes_are_cut(int pieceBytes)
    {
        var receiver = new PeerReceiver(maxPayloadBytes: 600);
        var received = new List<byte[]>();
        byte[] kept = [];
        foreach (byte[] piece in Stream.Chunk(pieceBytes))
        {
            var input = new ReadOnlySequence<byte>([.. kept, .. piece]);
            while (receiver.TryRead(ref input, out PeerMessage message))
                received.Add(message.Payload.ToArray());
            kept = input.ToArray();
        }

        Assert.Empty(kept);
        Assert.Equal(Payloads, received);
    }

    [Fact]
    public void A_small_payload_is_not_written_over_by_later_ones()
    {
        var receiver = new PeerReceiver(maxPayloadBytes: 600);
        var received = new List<ReadOnlyMemory<byte>>();
        for (int i = 0; i < 1000; i++)
        {
            var input = new ReadOnlySequence<byte>(
                RawPeer.Frame(FrameType.Message, BitConverter.GetBytes(i)));
            Assert.True(receiver.TryRead(ref input, out PeerMessage message));
            received.Add(message.Payload);
        }

        for (int i = 0; i < received.Count; i++)
            Assert.Equal(i, BitConverter.ToInt32(received[i].Span));
    }

    [Fact]
    public void A_length_above_the_limit_is_refused_before_anything_is_allocated_for_it()
    {
        var receiver = new PeerReceiver(maxPayloadBytes: 80 << 20);
        byte[] header = RawPeer.Frame(FrameType.Message, []);
        BitConverter.TryWriteBytes(header, (80 << 20) + 1);
        var input = new ReadOnlySequence<byte>(header);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<PeerProtocolException>(() => receiver.TryRead(ref input, out _));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    /// <summary>RFC 3720 B.4: 32 bytes of zeros.</summary>
    [Fact]
    public void The_checksum_is_CRC_32C() =>
        Assert.Equal(0x8A9136AAu, FrameChecksum.Of(new byte[12], new byte[20]));

    /// <summary>Computed by an independent implementation of PBKDF2, HKDF and P-256. Nodes of different
    /// builds must derive the same key, so this never changes.</summary>
    [Fact]
    public void The_authority_key_follows_from_the_secret()
    {
        using ECDsa key = ClusterIdentity.AuthorityKey("correct horse battery");
        ECPoint point = key.ExportParameters(includePrivateParameters: false).Q;

        Assert.Equal(
            "B7AA406CDB0DDE2CE880E26CC7F7C5EAAAB9A1833F3F15DD6198400A5700E820",
            Convert.ToHexString(point.X!));
        Assert.Equal(
            "7949469F63F05ADB8A5EB34E9C2B0135E2AF40AF6399ADB9BEB5953C35791D31",
            Convert.ToHexString(point.Y!));
    }
}
