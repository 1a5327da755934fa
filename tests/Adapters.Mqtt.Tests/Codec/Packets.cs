using System.Buffers;
using System.Text;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Tests.Codec;

/// <summary>Packets as bytes and back, for tests.</summary>
internal static class Packets
{
    public static byte[] Hex(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));

    public static byte[] Bytes<T>(T packet, MqttVersion version)
        where T : struct, IMqttPacket<T>
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.True(new MqttWriter(output) { Version = version }.Packet(packet));
        return output.WrittenSpan.ToArray();
    }

    public static byte[] Bytes(MqttConnect packet)
    {
        var output = new ArrayBufferWriter<byte>();
        new MqttWriter(output).Connect(packet);
        return output.WrittenSpan.ToArray();
    }

    public static byte[] Bytes(in MqttPublish packet, MqttVersion version)
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.True(new MqttWriter(output) { Version = version }.Publish(packet));
        return output.WrittenSpan.ToArray();
    }

    public static MqttFrame Frame(byte[] bytes, MqttVersion? version)
    {
        var input = new ReadOnlySequence<byte>(bytes);
        Assert.True(MqttReader.TryRead(ref input, int.MaxValue, version, out MqttFrame frame));
        Assert.True(input.IsEmpty);
        return frame;
    }

    /// <summary>Reads whatever it is, as both ends would.</summary>
    public static object Read(in MqttFrame frame, MqttVersion version) => frame.Type switch
    {
        MqttPacketType.Connect => MqttConnect.Read(frame, version),
        MqttPacketType.ConnAck => MqttConnAck.Read(frame, version),
        MqttPacketType.Publish => MqttPublish.Read(frame, version),
        MqttPacketType.PubAck or MqttPacketType.PubRec or MqttPacketType.PubRel or MqttPacketType.PubComp =>
            MqttAck.Read(frame, version),
        MqttPacketType.Subscribe => MqttSubscribe.Read(frame, version),
        MqttPacketType.SubAck => MqttSubAck.Read(frame, version),
        MqttPacketType.Unsubscribe => MqttUnsubscribe.Read(frame, version),
        MqttPacketType.UnsubAck => MqttUnsubAck.Read(frame, version),
        MqttPacketType.Disconnect => MqttDisconnect.Read(frame, version),
        MqttPacketType.Auth => MqttAuth.Read(frame, version),
        _ => frame.Type,
    };

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    public static MqttPublish Publish(string topic, string payload, MqttQoS qos = 0, ushort id = 0, bool retain = false,
        bool dup = false, MqttMessageProperties? properties = null) => new(topic, qos, dup, retain, id,
        properties ?? MqttMessageProperties.None, new ReadOnlySequence<byte>(Utf8(payload)));
}
