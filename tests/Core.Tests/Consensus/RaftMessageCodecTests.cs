using System.Buffers;
using System.Buffers.Binary;
using Cmq.MultiProtocol.Core.Consensus;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Consensus;

public sealed class RaftMessageCodecTests
{
    // Where an append's count of entries stands: header 18, log term, index and commit 8 each.
    private const int CountOffset = 18 + 24;

    private static readonly RaftMessage Append = new()
    {
        Kind = RaftMessageKind.Append,
        From = new NodeId(1),
        To = new NodeId(2),
        Term = 7,
        LogTerm = 6,
        Index = 40,
        Commit = 39,
        Entries =
        [
            new Entry(41, 6, EntryKind.Batch, new byte[] { 1, 2, 3 }),
            new Entry(42, 7, EntryKind.Leader, default),
            new Entry(43, 7, EntryKind.Configuration, new byte[] { 4 }),
        ],
    };

    public static TheoryData<RaftMessageKind> Kinds => [.. Enum.GetValues<RaftMessageKind>()];

    [Fact]
    public void A_heartbeat_is_34_bytes()
    {
        var heartbeat = new RaftMessage
        {
            Kind = RaftMessageKind.Heartbeat,
            From = new NodeId(1),
            To = new NodeId(2),
            Term = 3,
            Commit = 4,
            Context = 5,
        };
        byte[] expected =
        [
            7, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0,
            4, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0,
        ];
        Assert.Equal(expected, Bytes(heartbeat));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Every_kind_comes_back_as_it_went(RaftMessageKind kind)
    {
        foreach (RaftMessage message in Samples(kind))
        {
            Assert.True(RaftMessageCodec.TryRead(Bytes(message), out RaftMessage read));
            AssertSame(message, read);
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void A_message_cut_anywhere_or_with_a_byte_too_much_is_refused(RaftMessageKind kind)
    {
        foreach (RaftMessage message in Samples(kind))
        {
            byte[] bytes = Bytes(message);
            for (int cut = 0; cut < bytes.Length; cut++)
                Assert.False(RaftMessageCodec.TryRead(bytes.AsMemory(0, cut), out _), $"Cut at {cut}.");
            Assert.False(RaftMessageCodec.TryRead((byte[])[.. bytes, 0], out _));
        }
    }

    [Fact]
    public void Payloads_borrow_from_the_input()
    {
        byte[] bytes = Bytes(Append);
        Assert.True(RaftMessageCodec.TryRead(bytes, out RaftMessage read));
        bytes[Array.IndexOf(bytes, (byte)3, CountOffset + 4 + 13)] = 99;
        Assert.Equal(new byte[] { 1, 2, 99 }, read.Entries[0].Payload.ToArray());
    }

    [Theory]
    [InlineData(0, 0)] // kind
    [InlineData(0, 10)]
    [InlineData(1, 4)] // flags
    [InlineData(5, 0x80)] // negative from
    [InlineData(9, 0x80)] // negative to
    [InlineData(17, 0x80)] // negative term
    [InlineData(25, 0x80)] // negative log term
    [InlineData(33, 0x80)] // negative index
    [InlineData(41, 0x80)] // negative commit
    [InlineData(CountOffset + 3, 0x80)] // negative count
    [InlineData(CountOffset + 4, 0)] // entry of term 0
    [InlineData(CountOffset + 4, 8)] // entry of a later term than the message
    [InlineData(CountOffset + 12, 3)] // kind of an entry
    [InlineData(CountOffset + 13, 200)] // payload longer than the rest
    [InlineData(CountOffset + 16, 0x80)] // negative length of a payload
    public void A_field_out_of_its_range_is_refused(int offset, byte value)
    {
        byte[] bytes = Bytes(Append);
        Assert.NotEqual(value, bytes[offset]);
        bytes[offset] = value;
        Assert.False(RaftMessageCodec.TryRead(bytes, out _));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(6)]
    public void A_message_from_or_to_nobody_is_refused(int offset)
    {
        byte[] bytes = Bytes(Append);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(offset), 0);
        Assert.False(RaftMessageCodec.TryRead(bytes, out _));
    }

    [Fact]
    public void A_hostile_count_allocates_nothing()
    {
        byte[] bytes = Bytes(Append);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(CountOffset), int.MaxValue);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.False(RaftMessageCodec.TryRead(bytes, out _));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);
    }

    [Fact]
    public void An_index_that_would_overflow_is_refused()
    {
        byte[] bytes = Bytes(Append);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(26), long.MaxValue - 1);
        Assert.False(RaftMessageCodec.TryRead(bytes, out _));
    }

    [Fact]
    public void Damaged_bytes_are_refused_or_read_as_what_they_say()
    {
        var random = new Random(1);
        byte[][] originals = [.. Enum.GetValues<RaftMessageKind>().SelectMany(Samples).Select(m => Bytes(m))];
        for (int i = 0; i < 50_000; i++)
        {
            byte[] bytes = [.. originals[random.Next(originals.Length)]];
            for (int damage = random.Next(1, 4); damage > 0; damage--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            if (RaftMessageCodec.TryRead(bytes, out RaftMessage read))
                Assert.Equal(bytes, Bytes(read));
        }
    }

    private static IEnumerable<RaftMessage> Samples(RaftMessageKind kind)
    {
        RaftMessage least = new() { Kind = kind, From = new NodeId(1), To = new NodeId(2) };
        RaftMessage most = new()
        {
            Kind = kind,
            From = new NodeId(int.MaxValue),
            To = new NodeId(int.MaxValue),
            FromStore = new Guid("01020304-0506-0708-090a-0b0c0d0e0f10"),
            ToStore = new Guid("ffffffff-ffff-ffff-ffff-ffffffffffff"),
            Term = long.MaxValue,
            Reject = true,
            Transfer = true,
        };
        bool hasPosition = kind is RaftMessageKind.PreVote or RaftMessageKind.Vote
            or RaftMessageKind.Append or RaftMessageKind.AppendReply;
        if (hasPosition)
            most = most with { Index = long.MaxValue, LogTerm = long.MaxValue };
        if (kind is RaftMessageKind.Append or RaftMessageKind.Heartbeat)
            most = most with { Commit = long.MaxValue };
        if (kind is RaftMessageKind.Heartbeat or RaftMessageKind.HeartbeatReply)
            most = most with { Context = ulong.MaxValue };
        if (kind == RaftMessageKind.AppendReply)
            most = most with { RejectHint = long.MaxValue };
        return kind == RaftMessageKind.Append ? [least, most, Append] : [least, most];
    }

    private static byte[] Bytes(in RaftMessage message)
    {
        var output = new ArrayBufferWriter<byte>();
        RaftMessageCodec.Write(output, message);
        Assert.Equal(output.WrittenCount, RaftMessageCodec.SizeOf(message));
        return output.WrittenSpan.ToArray();
    }

    private static void AssertSame(in RaftMessage expected, in RaftMessage actual)
    {
        Assert.Equal(expected with { Entries = [] }, actual with { Entries = [] });
        Assert.Equal(expected.Entries.Count, actual.Entries.Count);
        for (int i = 0; i < expected.Entries.Count; i++)
        {
            Entry wanted = expected.Entries[i];
            Entry got = actual.Entries[i];
            Assert.Equal(wanted with { Payload = default }, got with { Payload = default });
            Assert.Equal(wanted.Payload.ToArray(), got.Payload.ToArray());
        }
    }
}
