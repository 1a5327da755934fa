using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Tests.Codec;

/// <summary>Specification sections 1 and 2.</summary>
public sealed class RocketMqReaderTests
{
    private static readonly byte[] Send = Transcript.Find("send_message_v2.success.1").Request!;
    private static readonly byte[] BinaryRoute = Transcript.All
        .First(one => one.Client == "java-4.1.0-binary-header").Request!;

    public static TheoryData<int> EveryCut => [.. Enumerable.Range(0, Send.Length)];

    public static TheoryData<int> EveryBinaryCut => [.. Enumerable.Range(0, BinaryRoute.Length)];

    [Fact]
    public void A_java_send_is_read_with_its_fields_and_body()
    {
        RocketMqCommand command = Frames.Read(Send);

        Assert.Equal((310, 5, 0, RocketMqLanguage.Java, 232),
            (command.Code, command.Opaque, command.Flag, command.Language, command.Version));
        Assert.Equal("TopicTest", command.Fields!.Text("b"));
        Assert.Equal(3, command.Fields.Int("e"));
        Assert.Equal("Hello RocketMQ 0", Encoding.UTF8.GetString(command.Body.Span));
    }

    [Fact]
    public void Numbers_and_booleans_of_ali_ons_are_read_like_strings()
    {
        RocketMqCommand command = Frames.Read(
            Transcript.All.First(one => one.Client.StartsWith("ali-ons") && one.Name.StartsWith("send_message_v2")).Request!);

        Assert.Equal(121, command.Version);
        Assert.Equal(4, command.Fields!.Int("d"));
        Assert.False(command.Fields.Bool("k"));
    }

    [Fact]
    public void A_binary_header_is_read_and_written_byte_for_byte()
    {
        RocketMqCommand command = Frames.Read(BinaryRoute);

        Assert.Equal((105, RocketMqSerialization.Binary), (command.Code, command.Serialization));
        Assert.Equal("T_BASIC", command.Fields!.Text("topic"));
        Assert.Equal(BinaryRoute, Frames.Write(command));
    }

    [Fact]
    public void Every_frame_of_the_transcripts_survives_a_round_trip()
    {
        foreach (byte[] frame in Transcript.Frames)
        {
            RocketMqCommand command = Frames.Read(frame);
            byte[] written = Frames.Write(command);

            Frames.AssertSame(command, Frames.Read(written));
            if (command.Serialization == RocketMqSerialization.Binary)
                Assert.Equal(frame, written);
        }
    }

    [Theory, MemberData(nameof(EveryCut))]
    public void A_frame_cut_anywhere_asks_for_more_and_consumes_nothing(int cut)
    {
        var input = new ReadOnlySequence<byte>(Send.AsMemory(0, cut));

        Assert.False(RocketMqReader.TryRead(ref input, Frames.MaxFrameBytes, Frames.MaxHeaderBytes, out _));
        Assert.Equal(cut, input.Length);
    }

    [Theory, MemberData(nameof(EveryCut))]
    public void A_frame_in_two_segments_reads_the_same(int cut)
    {
        ReadOnlySequence<byte> input = Segments.Of(Send[..cut], Send[cut..]);

        Assert.True(RocketMqReader.TryRead(ref input, Frames.MaxFrameBytes, Frames.MaxHeaderBytes, out var command));
        Frames.AssertSame(Frames.Read(Send), command!);
    }

    [Theory, MemberData(nameof(EveryBinaryCut))]
    public void A_binary_header_in_two_segments_reads_the_same(int cut)
    {
        ReadOnlySequence<byte> input = Segments.Of(BinaryRoute[..cut], BinaryRoute[cut..]);

        Assert.True(RocketMqReader.TryRead(ref input, Frames.MaxFrameBytes, Frames.MaxHeaderBytes, out var command));
        Frames.AssertSame(Frames.Read(BinaryRoute), command!);
    }

    [Fact]
    public void Two_frames_are_cut_one_by_one()
    {
        var input = new ReadOnlySequence<byte>([.. Send, .. BinaryRoute]);

        Assert.True(RocketMqReader.TryRead(ref input, Frames.MaxFrameBytes, Frames.MaxHeaderBytes, out var first));
        Assert.True(RocketMqReader.TryRead(ref input, Frames.MaxFrameBytes, Frames.MaxHeaderBytes, out var second));
        Assert.Equal((310, 105), (first!.Code, second!.Code));
        Assert.True(input.IsEmpty);
    }

    /// <summary>Only the length is there: refused before anything is buffered.</summary>
    [Theory]
    [InlineData(101)]
    [InlineData(int.MaxValue)]
    [InlineData(-1)]
    [InlineData(3)]
    [InlineData(0x16030100)]
    public void A_length_outside_of_the_limits_is_refused_at_once(int length)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, length);
        var input = new ReadOnlySequence<byte>(bytes);

        var broken = Assert.Throws<RocketMqProtocolException>(
            () => RocketMqReader.TryRead(ref input, maxFrameBytes: 100, Frames.MaxHeaderBytes, out _));
        Assert.Equal(ErrorScope.Connection, broken.Scope);
    }

    [Theory]
    [InlineData(50, 47)]
    [InlineData(50, 41)]
    [InlineData(4, 1)]
    public void A_header_longer_than_its_frame_or_its_limit_is_refused_at_once(int length, int headerBytes)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt32BigEndian(bytes, length);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4), headerBytes);
        var input = new ReadOnlySequence<byte>(bytes);

        Assert.Throws<RocketMqProtocolException>(
            () => RocketMqReader.TryRead(ref input, maxFrameBytes: 100, maxHeaderBytes: 40, out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"code\":\"x\"}")]
    [InlineData("{\"code\":99999999999}")]
    [InlineData("{\"code\":1")]
    [InlineData("{\"extFields\":{\"a\":\"\\uZZZZ\"}}")]
    public void A_header_that_is_no_command_costs_the_connection(string header)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        byte[] frame = new byte[8 + json.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, 4 + json.Length);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(4), json.Length);
        json.CopyTo(frame, 8);
        var input = new ReadOnlySequence<byte>(frame);

        var broken = Assert.Throws<RocketMqProtocolException>(
            () => RocketMqReader.TryRead(ref input, Frames.MaxFrameBytes, Frames.MaxHeaderBytes, out _));
        Assert.Equal(ErrorScope.Connection, broken.Scope);
    }

    [Fact]
    public void An_unknown_language_and_unknown_keys_change_nothing()
    {
        const string header = "{\"code\":34,\"language\":\"COBOL\",\"opaque\":-7,\"flag\":0,\"x\":[1,{\"y\":2}],\"version\":1}";
        byte[] json = Encoding.UTF8.GetBytes(header);
        byte[] frame = [0, 0, 0, (byte)(4 + json.Length), 0, 0, 0, (byte)json.Length, .. json];

        RocketMqCommand command = Frames.Read(frame);

        Assert.Equal((34, -7, RocketMqLanguage.Java), (command.Code, command.Opaque, command.Language));
    }

    /// <summary>Strings that repeat are remembered; not in a way that takes one for another.</summary>
    [Fact]
    public void Headers_with_many_different_strings_come_out_as_they_were()
    {
        for (int i = 0; i < 2_000; i++)
        {
            var fields = new RocketMqFields();
            fields.Add($"name{i % 700}", $"value {i % 300} \u00e4\u0001");
            fields.Add("long", new string((char)('a' + (i % 26)), i % 100));
            var command = new RocketMqCommand(10, i, 0)
            {
                Fields = fields,
                Serialization = i % 2 == 0 ? RocketMqSerialization.Json : RocketMqSerialization.Binary,
            };
            Frames.AssertSame(command, Frames.Read(Frames.Write(command)));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(300)]
    [InlineData(5_000)]
    public void A_header_in_pieces_is_read_as_a_whole_one(int valueBytes)
    {
        var fields = new RocketMqFields();
        fields.Add("a", new string('x', valueBytes));
        fields.Add("b", "\u0002");
        var command = new RocketMqCommand(10, 7, 0) { Fields = fields, Body = new byte[] { 1, 2, 3 } };
        byte[] frame = Frames.Write(command);
        ReadOnlySequence<byte> input = Segments.Of(frame[..20], frame[20..21], frame[21..]);

        Assert.True(RocketMqReader.TryRead(ref input, 1 << 20, 1 << 20, out RocketMqCommand? read));
        Frames.AssertSame(command, read!);
    }

    /// <summary>Bounded, and the same every time: whatever comes, a frame, more bytes or a protocol
    /// error.</summary>
    [Fact]
    public void Random_damage_is_never_more_than_a_protocol_error()
    {
        var random = new Random(20261121);
        byte[][] frames = [.. Transcript.Frames];
        for (int i = 0; i < 20_000; i++)
        {
            byte[] frame = [.. frames[random.Next(frames.Length)]];
            for (int damage = random.Next(1, 4); damage > 0; damage--)
                frame[random.Next(Math.Min(frame.Length, 400))] = (byte)random.Next(256);
            var input = new ReadOnlySequence<byte>(frame);
            try
            {
                RocketMqReader.TryRead(ref input, Frames.MaxFrameBytes, Frames.MaxHeaderBytes, out _);
            }
            catch (RocketMqProtocolException broken)
            {
                Assert.Equal(ErrorScope.Connection, broken.Scope);
            }
        }
    }
}
