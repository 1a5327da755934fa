using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace Cmq.MultiProtocol.Interop.Durability.Clients;

/// <summary>Frames of RocketMQ's remoting protocol as bytes over a bare socket, with headers in JSON.</summary>
internal sealed class RawRocketMq : IDisposable
{
    private const int Json = 0;

    private RawRocketMq(RawClient client) => Client = client;

    public RawClient Client { get; }

    public static async Task<RawRocketMq> ConnectAsync(int port) => new(await RawClient.ConnectAsync(port));

    /// <param name="header">As it is to be sent.</param>
    /// <param name="body">Behind it.</param>
    /// <param name="serialization">What the header is said to be; 1 = binary.</param>
    public static byte[] Frame(ReadOnlySpan<byte> header, ReadOnlySpan<byte> body, int serialization = Json)
    {
        byte[] prefix = new byte[8];
        BinaryPrimitives.WriteInt32BigEndian(prefix, 4 + header.Length + body.Length);
        BinaryPrimitives.WriteInt32BigEndian(prefix.AsSpan(4), (serialization << 24) | header.Length);
        return [.. prefix, .. header, .. body];
    }

    public static byte[] Request(int code, object? fields, ReadOnlySpan<byte> body = default, int flag = 0) => Frame(
        JsonSerializer.SerializeToUtf8Bytes(
            new { code, flag, language = "JAVA", opaque = 7, version = 232, extFields = fields }),
        body);

    /// <summary>A send of version 1 (code 10) to the first queue of a topic.</summary>
    public static byte[] Send(string topic, string body) => Request(
        10,
        new
        {
            producerGroup = "PG",
            topic,
            defaultTopic = "TBW102",
            defaultTopicQueueNums = "1",
            queueId = "0",
            sysFlag = "0",
            bornTimestamp = "1",
            flag = "0",
            properties = "",
            reconsumeTimes = "0",
            unitMode = "false",
        },
        Encoding.UTF8.GetBytes(body));

    /// <returns>The header of the answer.</returns>
    public async Task<JsonElement> AskAsync(byte[] request)
    {
        await Client.SendAsync(request);
        byte[] prefix = await Client.ReadAsync(8);
        byte[] rest = await Client.ReadAsync(BinaryPrimitives.ReadInt32BigEndian(prefix) - 4);
        using JsonDocument header = JsonDocument.Parse(
            rest.AsMemory(0, BinaryPrimitives.ReadInt32BigEndian(prefix.AsSpan(4))));
        return header.RootElement.Clone();
    }

    public void Dispose() => Client.Dispose();
}
