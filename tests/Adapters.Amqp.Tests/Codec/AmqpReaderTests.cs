using System.Buffers;
using Cmq.MultiProtocol.Adapters.Amqp.Codec;
using Cmq.MultiProtocol.Adapters.Amqp.Codec.Methods;

namespace Cmq.MultiProtocol.Adapters.Amqp.Tests.Codec;

public sealed class AmqpReaderTests
{
    /// <summary>basic.ack(7, multiple) on channel 1.</summary>
    private static readonly byte[] Ack =
    [
        1, 0, 1, 0, 0, 0, 13, 0, 60, 0, 80, 0, 0, 0, 0, 0, 0, 0, 7, 1, 0xCE,
    ];

    public static TheoryData<int> EveryCut => [.. Enumerable.Range(0, Ack.Length)];

    [Fact]
    public void Known_bytes_are_a_basic_ack()
    {
        var input = new ReadOnlySequence<byte>(Ack);

        Assert.True(AmqpReader.TryReadFrame(ref input, 4096, out AmqpFrame frame));

        Assert.Equal((AmqpFrameType.Method, 1), (frame.Type, frame.Channel));
        var fields = new AmqpFieldReader(frame.Payload.FirstSpan);
        Assert.Equal((uint)AmqpMethodId.BasicAck, fields.Long());
        Assert.Equal(new BasicAck(7, true), BasicAck.Read(ref fields));
        Assert.True(input.IsEmpty);
    }

    [Theory, MemberData(nameof(EveryCut))]
    public void A_frame_cut_anywhere_asks_for_more_and_consumes_nothing(int cut)
    {
        var input = new ReadOnlySequence<byte>(Ack.AsMemory(0, cut));

        Assert.False(AmqpReader.TryReadFrame(ref input, 4096, out _));
        Assert.Equal(cut, input.Length);
    }

    [Theory, MemberData(nameof(EveryCut))]
    public void A_frame_in_two_segments_reads_the_same(int cut)
    {
        ReadOnlySequence<byte> input = Segments.Of(Ack[..cut], Ack[cut..]);

        Assert.True(AmqpReader.TryReadFrame(ref input, 4096, out AmqpFrame frame));
        Assert.Equal(Ack[7..^1], frame.Payload.ToArray());
    }

    [Theory]
    [InlineData(4096, true)]
    [InlineData(4097, false)]
    public void Eight_bytes_above_the_limit_are_forgiven_and_no_more(int payloadBytes, bool accepted)
    {
        byte[] frame = [3, 0, 1, 0, 0, (byte)(payloadBytes >> 8), (byte)(payloadBytes & 0xFF), .. new byte[payloadBytes], 0xCE];
        var input = new ReadOnlySequence<byte>(frame);

        if (accepted)
        {
            Assert.True(AmqpReader.TryReadFrame(ref input, 4096, out _));
            return;
        }
        var refused = Assert.Throws<AmqpProtocolException>(() => AmqpReader.TryReadFrame(ref input, 4096, out _));
        Assert.Equal("FRAME_ERROR - type 3, all octets = <<>>: {frame_too_large,4097,4088}", refused.Message);
    }

    [Fact]
    public void A_hostile_size_is_refused_before_its_payload_arrives()
    {
        var input = new ReadOnlySequence<byte>([1, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF]);

        var refused = Assert.Throws<AmqpProtocolException>(() => AmqpReader.TryReadFrame(ref input, 131_072, out _));
        Assert.Equal(AmqpCode.FrameError, refused.Error.Code);
    }

    [Fact]
    public void A_wrong_end_octet_shows_the_payload()
    {
        var input = new ReadOnlySequence<byte>([1, 0, 1, 0, 0, 0, 2, (byte)'h', (byte)'i', 7]);

        var refused = Assert.Throws<AmqpProtocolException>(() => AmqpReader.TryReadFrame(ref input, 4096, out _));
        Assert.Equal("FRAME_ERROR - type 1, all octets = <<\"hi\">>: {invalid_frame_end_marker,7}", refused.Message);
    }

    [Fact]
    public void An_unknown_frame_type_is_a_frame_error()
    {
        var input = new ReadOnlySequence<byte>([4, 0, 0, 0, 0, 0, 2, (byte)'h', (byte)'i', 0xCE]);

        var refused = Assert.Throws<AmqpProtocolException>(() => AmqpReader.TryReadFrame(ref input, 4096, out _));
        Assert.Equal("FRAME_ERROR - type 4, all octets = <<\"hi\">>: unknown_frame", refused.Message);
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 11)]
    public void A_frame_shorter_than_the_fixed_part_of_its_type_is_unknown(byte type, byte payloadBytes)
    {
        var input = new ReadOnlySequence<byte>([type, 0, 1, 0, 0, 0, payloadBytes, .. new byte[payloadBytes], 0xCE]);

        var refused = Assert.Throws<AmqpProtocolException>(() => AmqpReader.TryReadFrame(ref input, 4096, out _));
        Assert.Equal(AmqpCode.FrameError, refused.Error.Code);
        Assert.EndsWith(">>: unknown_frame", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AMQP\0\0\t\u0001", true)]
    [InlineData("AMQP\u0001\u0001\0\t", true)]
    [InlineData("AMQP\0\u0001\0\0", false)]
    [InlineData("GET / HT", false)]
    public void Only_the_headers_of_0_9_are_supported(string header, bool supported)
    {
        var input = new ReadOnlySequence<byte>(System.Text.Encoding.Latin1.GetBytes(header));

        Assert.True(AmqpReader.TryReadProtocolHeader(ref input, out bool accepted));
        Assert.Equal(supported, accepted);
        Assert.True(input.IsEmpty);
    }

    [Fact]
    public void Seven_bytes_are_no_header_yet()
    {
        var input = new ReadOnlySequence<byte>("AMQP\0\0\t"u8.ToArray());

        Assert.False(AmqpReader.TryReadProtocolHeader(ref input, out _));
        Assert.Equal(7, input.Length);
    }
}
