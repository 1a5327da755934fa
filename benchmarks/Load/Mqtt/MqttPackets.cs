using System.Buffers.Binary;
using System.Text;

namespace Cmq.MultiProtocol.Benchmarks.Load.Mqtt;

/// <summary>Packets of MQTT 3.1.1, as few as the load needs; written by hand so that a mistake in the broker's codec is
/// none here.</summary>
public static class MqttPackets
{
    public const byte ConnAck = 0x20;
    public const byte Publish = 0x30;
    public const byte PubAck = 0x40;
    public const byte PubRec = 0x50;
    public const byte PubRel = 0x62;
    public const byte PubComp = 0x70;
    public const byte SubAck = 0x90;
    public const byte DuplicateFlag = 0x08;

    public const int AckBytes = 4;

    /// <summary>CONNECT with a clean session.</summary>
    /// <param name="clientId">Its name.</param>
    /// <param name="keepAliveSeconds">0 = none.</param>
    /// <param name="user">Empty: none.</param>
    /// <param name="password">Its password.</param>
    public static byte[] Connect(string clientId, ushort keepAliveSeconds, string user, string password)
    {
        byte flags = user.Length > 0 ? (byte)0xC2 : (byte)0x02;
        byte[] login = user.Length > 0 ? [.. Text(user), .. Text(password)] : [];
        return Packet(0x10,
        [
            0, 4, .. "MQTT"u8, 4, flags, (byte)(keepAliveSeconds >> 8), (byte)(keepAliveSeconds & 0xFF),
            .. Text(clientId), .. login,
        ]);
    }

    /// <summary>SUBSCRIBE with packet id 1.</summary>
    public static byte[] Subscribe(IEnumerable<string> filters, int qos) =>
        Packet(0x82, [0, 1, .. filters.SelectMany(filter => (byte[])[.. Text(filter), (byte)qos])]);

    public static byte[] Disconnect() => [0xE0, 0];

    /// <summary>PUBLISH up to its payload.</summary>
    /// <returns>The packet with zeros where packet id (QoS 1 and 2) and payload go.</returns>
    public static byte[] PublishTemplate(string topic, int qos, int payloadBytes) =>
        Packet((byte)(Publish | (qos << 1)), [.. Text(topic), .. new byte[(qos > 0 ? 2 : 0) + payloadBytes]]);

    public static void WriteAck(Span<byte> output, byte type, ushort id)
    {
        output[0] = type;
        output[1] = 2;
        BinaryPrimitives.WriteUInt16BigEndian(output[2..], id);
    }

    /// <summary>Where the first packet ends, and where its body begins.</summary>
    /// <returns>False when more bytes are needed.</returns>
    public static bool TryMeasure(ReadOnlySpan<byte> input, out int body, out int end)
    {
        (body, end) = (0, 0);
        int length = 0;
        for (int i = 1, shift = 0; i < input.Length; i++, shift += 7)
        {
            length |= (input[i] & 0x7F) << shift;
            if ((input[i] & 0x80) != 0)
                continue;
            body = i + 1;
            end = body + length;
            return end <= input.Length;
        }

        return false;
    }

    private static byte[] Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return [(byte)(bytes.Length >> 8), (byte)(bytes.Length & 0xFF), .. bytes];
    }

    private static byte[] Packet(byte first, byte[] body)
    {
        List<byte> length = [];
        int left = body.Length;
        do
        {
            length.Add((byte)((left & 0x7F) | (left > 0x7F ? 0x80 : 0)));
            left >>= 7;
        }
        while (left > 0);
        return [first, .. length, .. body];
    }
}
