using System.Buffers.Binary;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Codec;

/// <summary>Reads the fields of a packet's body (MQTT 5.0 §1.5).</summary>
/// <exception cref="MqttProtocolException">0x81 from every method: the body ends too early or makes no sense.
/// </exception>
public ref struct MqttFieldReader(ReadOnlySpan<byte> body)
{
    private readonly ReadOnlySpan<byte> _body = body;

    public int Position { get; private set; }

    public readonly int Remaining => _body.Length - Position;

    public readonly bool IsAtEnd => Remaining == 0;

    public byte Byte() => Take(1)[0];

    public ushort Short() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    public uint Long() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    /// <summary>A variable byte integer in its shortest form (§1.5.5).</summary>
    public int Variable()
    {
        int value = 0;
        for (int shift = 0; shift < 28; shift += 7)
        {
            byte next = Byte();
            value |= (next & 0x7F) << shift;
            if ((next & 0x80) != 0)
                continue;
            return next == 0 && shift > 0
                ? throw MqttProtocolException.Malformed("a variable byte integer longer than needed")
                : value;
        }
        throw MqttProtocolException.Malformed("a variable byte integer of more than four bytes");
    }

    /// <summary>A checked UTF-8 text.</summary>
    public string Text() => MqttText.Decode(Take(Short()));

    /// <summary>A checked UTF-8 text, as its bytes; borrows from the body.</summary>
    public ReadOnlySpan<byte> TextBytes()
    {
        ReadOnlySpan<byte> text = Take(Short());
        MqttText.Check(text);
        return text;
    }

    /// <summary>Binary data, copied.</summary>
    public byte[] Binary() => Take(Short()).ToArray();

    public ReadOnlySpan<byte> Take(int bytes)
    {
        if (bytes > Remaining)
            throw MqttProtocolException.Malformed("the packet ends inside a field");
        ReadOnlySpan<byte> taken = _body.Slice(Position, bytes);
        Position += bytes;
        return taken;
    }

    /// <summary>1 to 65,535 (§2.2.1).</summary>
    /// <exception cref="MqttProtocolException">0x82: zero.</exception>
    public ushort PacketId() =>
        Short() is > 0 and var id ? id : throw MqttProtocolException.Broken("packet identifier 0");

    /// <summary>A body is used up by its fields.</summary>
    public readonly void End()
    {
        if (!IsAtEnd)
            throw MqttProtocolException.Malformed($"{Remaining} bytes behind the last field");
    }
}
