using System.Buffers;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Tests.Codec;

/// <summary>Framing (MQTT 5.0 §2.1).</summary>
public sealed class MqttReaderTests
{
    private static readonly byte[] Publish = [0x30, 0x04, 0x00, 0x01, 0x61, 0x78]; // QoS 0, "a" <- "x"

    public static TheoryData<int> EveryCut => [.. Enumerable.Range(0, Publish.Length)];

    [Theory, MemberData(nameof(EveryCut))]
    public void A_packet_cut_anywhere_asks_for_more_and_consumes_nothing(int cut)
    {
        var input = new ReadOnlySequence<byte>(Publish.AsMemory(0, cut));

        Assert.False(MqttReader.TryRead(ref input, maxPacketBytes: 64, MqttVersion.V5, out _));
        Assert.Equal(cut, input.Length);
    }

    [Fact]
    public void Packets_stand_behind_each_other_in_segments_of_one_byte()
    {
        byte[] both = [.. Publish, 0xC0, 0x00];
        ReadOnlySequence<byte> input = Segments.Of([.. both.Select(part => new[] { part })]);

        Assert.True(MqttReader.TryRead(ref input, 64, MqttVersion.V311, out MqttFrame first));
        MqttPublish publish = MqttPublish.Read(first, MqttVersion.V311);
        Assert.Equal("a", publish.Topic);
        Assert.Equal("x"u8.ToArray(), publish.Payload.ToArray());
        Assert.True(MqttReader.TryRead(ref input, 64, MqttVersion.V311, out MqttFrame second));
        Assert.Equal(MqttPacketType.PingReq, second.Type);
        Assert.True(input.IsEmpty);
    }

    [Theory]
    [InlineData("30 7F", 127)]
    [InlineData("30 80 01", 128)]
    [InlineData("30 FF 7F", 16_383)]
    [InlineData("30 80 80 01", 16_384)]
    [InlineData("30 FF FF 7F", 2_097_151)]
    [InlineData("30 80 80 80 01", 2_097_152)]
    public void A_length_has_one_to_four_bytes(string header, int length)
    {
        byte[] bytes = Packets.Hex(header);
        var input = new ReadOnlySequence<byte>([.. bytes, .. new byte[length]]);

        Assert.True(MqttReader.TryRead(ref input, int.MaxValue, MqttVersion.V5, out MqttFrame frame));
        Assert.Equal(length, frame.Body.Length);
        var output = new byte[4];
        Assert.Equal(bytes[1..], output[..MqttFieldWriter.WriteVariable(output, length)]);
    }

    [Fact]
    public void A_length_above_the_limit_is_refused_before_its_body_arrives()
    {
        Assert.Equal(MqttReason.PacketTooLarge, Refused("30 FF FF FF 7F", MqttVersion.V5));
        var input = new ReadOnlySequence<byte>(Packets.Hex("30 3E 00"));
        Assert.False(MqttReader.TryRead(ref input, 64, MqttVersion.V5, out _));
        Assert.Equal(MqttReason.PacketTooLarge, Refused("30 3F", MqttVersion.V5));
    }

    [Theory]
    [InlineData("30 FF FF FF FF")]
    [InlineData("30 80 00")]
    [InlineData("00")]
    [InlineData("11")]
    [InlineData("21")]
    [InlineData("41")]
    [InlineData("52")]
    [InlineData("60")]
    [InlineData("63")]
    [InlineData("71")]
    [InlineData("80")]
    [InlineData("8A")]
    [InlineData("92")]
    [InlineData("A0")]
    [InlineData("B1")]
    [InlineData("C1")]
    [InlineData("D8")]
    [InlineData("E1")]
    [InlineData("F1")]
    public void What_is_no_packet_is_malformed_by_its_first_bytes(string hex) =>
        Assert.Equal(MqttReason.MalformedPacket, Refused(hex, MqttVersion.V5));

    [Theory]
    [InlineData(MqttVersion.V31)]
    [InlineData(MqttVersion.V311)]
    public void The_old_versions_know_no_AUTH_and_do_not_mind_a_padded_length(MqttVersion version)
    {
        Assert.Equal(MqttReason.MalformedPacket, Refused("F0 00", version));
        var input = new ReadOnlySequence<byte>(Packets.Hex("C0 80 00"));
        Assert.True(MqttReader.TryRead(ref input, 64, version, out MqttFrame ping));
        Assert.Equal(MqttPacketType.PingReq, ping.Type);
    }

    private static MqttReason Refused(string hex, MqttVersion version)
    {
        var input = new ReadOnlySequence<byte>(Packets.Hex(hex));
        return Assert.Throws<MqttProtocolException>(
            () => MqttReader.TryRead(ref input, maxPacketBytes: 64, version, out _)).Reason;
    }
}
