using System.Buffers.Binary;
using System.Text;

namespace Cmq.MultiProtocol.Interop.Durability.Clients;

/// <summary>MQTT packets as bytes over a bare socket, well-formed or not.</summary>
internal sealed class RawMqtt : IDisposable
{
    /// <summary>Protocol levels of CONNECT.</summary>
    public const byte V311 = 4;

    public const byte V5 = 5;

    public const byte ConnAck = 0x20;
    public const byte PubAck = 0x40;
    public const byte SubAck = 0x90;
    public const byte Disconnect = 0xE0;

    private RawMqtt(RawClient client) => Client = client;

    public RawClient Client { get; }

    public static async Task<RawMqtt> ConnectAsync(int port) => new(await RawClient.ConnectAsync(port));

    /// <summary>A client that is let in, with a clean session and no keep-alive.</summary>
    public static async Task<RawMqtt> OpenAsync(int port, byte level)
    {
        RawMqtt mqtt = await ConnectAsync(port);
        await mqtt.Client.SendAsync(Connect(level));
        Assert.Equal(0, (await mqtt.ReadAsync(ConnAck))[1]);
        return mqtt;
    }

    /// <summary>The broker makes the client id.</summary>
    public static byte[] Connect(byte level) =>
        Packet(0x10, [0, 4, .. "MQTT"u8, level, 2, 0, 0, .. NoProperties(level), 0, 0]);

    public static byte[] Subscribe(byte level, ushort id, string filter) =>
        Packet(0x82, [.. Short(id), .. NoProperties(level), .. Text(filter), 1]);

    public static byte[] Publish(byte level, int qos, ushort id, string topic, ReadOnlySpan<byte> payload) => Packet(
        (byte)(0x30 | (qos << 1)),
        [.. Text(topic), .. qos > 0 ? Short(id) : [], .. NoProperties(level), .. payload]);

    public static byte[] Packet(byte first, ReadOnlySpan<byte> body)
    {
        List<byte> packet = [first];
        int left = body.Length;
        do
        {
            packet.Add((byte)((left & 0x7F) | (left > 0x7F ? 0x80 : 0)));
            left >>= 7;
        }
        while (left > 0);
        return [.. packet, .. body];
    }

    /// <summary>Skips packets up to one that begins with that byte.</summary>
    /// <returns>Its body.</returns>
    public async Task<byte[]> ReadAsync(byte first)
    {
        while (true)
        {
            (byte begin, byte[] body) = await ReadAsync();
            if (begin == first)
                return body;
        }
    }

    public async Task<(byte First, byte[] Body)> ReadAsync()
    {
        byte first = (await Client.ReadAsync(1))[0];
        int length = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = (await Client.ReadAsync(1))[0];
            length |= (next & 0x7F) << shift;
            if ((next & 0x80) == 0)
                return (first, await Client.ReadAsync(length));
        }
    }

    public void Dispose() => Client.Dispose();

    private static byte[] NoProperties(byte level) => level == V5 ? [0] : [];

    private static byte[] Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return [.. Short((ushort)bytes.Length), .. bytes];
    }

    private static byte[] Short(ushort value)
    {
        byte[] bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        return bytes;
    }
}
