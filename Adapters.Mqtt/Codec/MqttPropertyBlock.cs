using System.Buffers.Binary;
using System.Text;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Codec;

/// <summary>What is stored with a message that came by MQTT: QoS and retain flag as published, the publisher's client
/// id (no-local asks for it), and the properties that are forwarded, byte for byte as they came.</summary>
/// <param name="QoS">As published.</param>
/// <param name="Retain">As published.</param>
/// <param name="ClientId">The publisher's, UTF-8.</param>
/// <param name="Forwarded">See <see cref="MqttMessageProperties.Forwarded"/>.</param>
/// <param name="RetainedTopic">Set for a copy of a retained message that went straight to one session's queue: its
/// topic, because its key names the queue.</param>
public readonly record struct MqttPropertyBlock(
    MqttQoS QoS,
    bool Retain,
    ReadOnlyMemory<byte> ClientId,
    ReadOnlyMemory<byte> Forwarded,
    string? RetainedTopic = null)
{
    // On disk: flags (bits 0 and 1 QoS, bit 2 retain, bit 3 retained topic), client id with a length of two bytes,
    // the retained topic in the same form, properties.
    private const int RetainBit = 0x04;
    private const int TopicBit = 0x08;
    private const int LengthBytes = 2;

    /// <param name="block">Of a stored message.</param>
    /// <exception cref="MqttProtocolException">0x81: not a block of ours.</exception>
    public static MqttPropertyBlock Read(ReadOnlyMemory<byte> block)
    {
        var reader = new MqttFieldReader(block.Span);
        byte flags = reader.Byte();
        int length = reader.Short();
        reader.Take(length);
        ReadOnlyMemory<byte> clientId = block.Slice(reader.Position - length, length);
        string? topic = (flags & TopicBit) != 0 ? reader.Text() : null;
        return new MqttPropertyBlock(
            (MqttQoS)(flags & 0x03), (flags & RetainBit) != 0, clientId, block[reader.Position..], topic);
    }

    public byte[] ToArray()
    {
        int topicBytes = RetainedTopic is null ? 0 : LengthBytes + MqttText.ByteCount(RetainedTopic);
        byte[] block = new byte[1 + LengthBytes + ClientId.Length + topicBytes + Forwarded.Length];
        block[0] = (byte)((int)QoS | (Retain ? RetainBit : 0) | (RetainedTopic is null ? 0 : TopicBit));
        BinaryPrimitives.WriteUInt16BigEndian(block.AsSpan(1), (ushort)ClientId.Length);
        ClientId.CopyTo(block.AsMemory(1 + LengthBytes));
        int position = 1 + LengthBytes + ClientId.Length;
        if (RetainedTopic is not null)
        {
            BinaryPrimitives.WriteUInt16BigEndian(block.AsSpan(position), (ushort)(topicBytes - LengthBytes));
            Encoding.UTF8.GetBytes(RetainedTopic, block.AsSpan(position + LengthBytes));
        }
        Forwarded.CopyTo(block.AsMemory(position + topicBytes));
        return block;
    }

    /// <summary>Is this the publisher?</summary>
    public bool IsFrom(string clientId) =>
        Encoding.UTF8.GetByteCount(clientId) == ClientId.Length
        && Encoding.UTF8.GetString(ClientId.Span) == clientId;
}
