using System.Buffers.Binary;
using System.Text;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Codec;

/// <summary>What is stored with a message that came by MQTT: QoS and retain flag as published, the publisher's client
/// id (no-local asks for it), and the properties that are forwarded, byte for byte as they came.</summary>
/// <param name="QoS">As published.</param>
/// <param name="Retain">As published.</param>
/// <param name="ClientId">The publisher's, UTF-8.</param>
/// <param name="Forwarded">See <see cref="MqttMessageProperties.Forwarded"/>.</param>
public readonly record struct MqttPropertyBlock(
    MqttQoS QoS, bool Retain, ReadOnlyMemory<byte> ClientId, ReadOnlyMemory<byte> Forwarded)
{
    // On disk: flags (bits 0 and 1 QoS, bit 2 retain), client id with a length of two bytes, properties.
    private const int RetainBit = 0x04;
    private const int MinBytes = 3;

    /// <param name="block">Of a stored message.</param>
    /// <exception cref="MqttProtocolException">0x81: not a block of ours.</exception>
    public static MqttPropertyBlock Read(ReadOnlyMemory<byte> block)
    {
        var reader = new MqttFieldReader(block.Span);
        byte flags = reader.Byte();
        int length = reader.Short();
        reader.Take(length);
        return new MqttPropertyBlock((MqttQoS)(flags & 0x03), (flags & RetainBit) != 0,
            block.Slice(MinBytes, length), block[reader.Position..]);
    }

    public byte[] ToArray()
    {
        byte[] block = new byte[MinBytes + ClientId.Length + Forwarded.Length];
        block[0] = (byte)((int)QoS | (Retain ? RetainBit : 0));
        BinaryPrimitives.WriteUInt16BigEndian(block.AsSpan(1), (ushort)ClientId.Length);
        ClientId.CopyTo(block.AsMemory(MinBytes));
        Forwarded.CopyTo(block.AsMemory(MinBytes + ClientId.Length));
        return block;
    }

    /// <summary>Is this the publisher?</summary>
    public bool IsFrom(string clientId) =>
        Encoding.UTF8.GetByteCount(clientId) == ClientId.Length
        && Encoding.UTF8.GetString(ClientId.Span) == clientId;
}
