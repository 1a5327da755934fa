using System.Buffers;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Codec;

/// <summary>Cuts control packets off received bytes (MQTT 5.0 §2.1).</summary>
public static class MqttReader
{
    /// <summary>Largest value of a variable byte integer (§1.5.5).</summary>
    public const int MaxVariable = 268_435_455;

    private const int MaxLengthBytes = 4;

    /// <summary>Cuts one control packet off the front of <paramref name="input"/>.</summary>
    /// <param name="input">Bytes received so far; advanced only when a packet is returned.</param>
    /// <param name="maxPacketBytes">Largest packet accepted, in bytes, fixed header included.</param>
    /// <param name="version">What was agreed on; null before CONNECT.</param>
    /// <param name="frame">The packet; its body borrows from <paramref name="input"/>.</param>
    /// <param name="maxControlBytes">The same for every packet but PUBLISH, where it is less.</param>
    /// <returns><see langword="false"/> when more bytes are needed.</returns>
    /// <exception cref="MqttProtocolException">0x81: a reserved type or wrong flags (§2.1.3), a malformed length
    /// (§1.5.5). 0x95: too large (§3.2.2.3.6).</exception>
    public static bool TryRead(
        ref ReadOnlySequence<byte> input,
        int maxPacketBytes,
        MqttVersion? version,
        out MqttFrame frame,
        int maxControlBytes = int.MaxValue)
    {
        frame = default;
        if (input.IsEmpty)
            return false;
        var reader = new SequenceReader<byte>(input);
        reader.TryRead(out byte first);
        // Before anything else is waited for: what is no packet is refused by its first byte.
        var type = (MqttPacketType)(first >> 4);
        byte flags = (byte)(first & 0x0F);
        CheckFirst(type, flags, version);
        if (!TryReadLength(ref reader, isStrict: version == MqttVersion.V5, out int bodyBytes))
            return false;

        // Checked before the body arrives: a hostile length must never make us buffer.
        int most = type == MqttPacketType.Publish ? maxPacketBytes : Math.Min(maxPacketBytes, maxControlBytes);
        if (reader.Consumed + bodyBytes > most)
        {
            throw new MqttProtocolException(MqttReason.PacketTooLarge,
                $"{type} of {reader.Consumed + bodyBytes} bytes, {most} are allowed");
        }
        if (reader.Remaining < bodyBytes)
            return false;

        ReadOnlySequence<byte> body = input.Slice(reader.Position, bodyBytes);
        input = input.Slice(body.End);
        frame = new MqttFrame(type, flags, body);
        return true;
    }

    /// <summary>Reads a variable byte integer of one to four bytes.</summary>
    /// <param name="reader">Where.</param>
    /// <param name="isStrict">Refuse a longer form than needed, as MQTT 5.0 does; the earlier versions say nothing of
    /// it, and small devices write lengths of a fixed width.</param>
    /// <param name="value">0 to <see cref="MaxVariable"/>.</param>
    private static bool TryReadLength(ref SequenceReader<byte> reader, bool isStrict, out int value)
    {
        value = 0;
        for (int i = 0; i < MaxLengthBytes; i++)
        {
            if (!reader.TryRead(out byte next))
                return false;
            value |= (next & 0x7F) << (7 * i);
            if ((next & 0x80) != 0)
                continue;
            return isStrict && next == 0 && i > 0
                ? throw MqttProtocolException.Malformed("a remaining length longer than needed")
                : true;
        }
        throw MqttProtocolException.Malformed("a remaining length of more than four bytes");
    }

    private static void CheckFirst(MqttPacketType type, byte flags, MqttVersion? version)
    {
        if (type == 0 || (type == MqttPacketType.Auth && version is MqttVersion.V31 or MqttVersion.V311))
            throw MqttProtocolException.Malformed($"packet type {(int)type} is reserved");
        // The versions before 5.0 let flags of PUBREL, SUBSCRIBE and UNSUBSCRIBE be what PUBLISH has in 3.1: DUP.
        int dup = version == MqttVersion.V31 ? 0x08 : 0;
        bool good = type switch
        {
            MqttPacketType.Publish => true,
            MqttPacketType.PubRel or MqttPacketType.Subscribe or MqttPacketType.Unsubscribe => (flags & ~dup) == 0x02,
            _ => flags == 0,
        };
        if (!good)
            throw MqttProtocolException.Malformed($"{type} with flags {flags:x}");
    }
}
