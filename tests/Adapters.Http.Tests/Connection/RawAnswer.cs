using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Cmq.MultiProtocol.Adapters.Http.Tests.Connection;

/// <summary>One HTTP answer as it came.</summary>
public sealed record RawAnswer(string Head, byte[] Body)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public int Code => Json.GetProperty("code").GetInt32();

    public string Message => Json.GetProperty("message").GetString()!;

    public bool SaysClose => Head.Contains("Connection: close", StringComparison.OrdinalIgnoreCase);

    public static async Task<RawAnswer> ReadAsync(NetworkStream stream)
    {
        string head = await ReadHeadAsync(stream);
        if (head.StartsWith("HTTP/1.1 100 ", StringComparison.Ordinal))
            return new RawAnswer(head, []);

        int length = head.IndexOf("Content-Length:", StringComparison.OrdinalIgnoreCase);
        if (length >= 0)
        {
            string value = head[(length + 15)..].Split('\r')[0];
            return new RawAnswer(
                head, await ReadExactlyAsync(stream, int.Parse(value, CultureInfo.InvariantCulture)));
        }

        var body = new MemoryStream();
        while (true)
        {
            int size = Convert.ToInt32(await ReadLineAsync(stream), 16);
            byte[] chunk = await ReadExactlyAsync(stream, size);
            await ReadLineAsync(stream);
            if (size == 0)
                return new RawAnswer(head, body.ToArray());
            body.Write(chunk);
        }
    }

    private static async Task<string> ReadHeadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        while (true)
        {
            string line = await ReadLineAsync(stream);
            if (line.Length == 0)
                return head.ToString();
            head.Append(line).Append("\r\n");
        }
    }

    private static async Task<string> ReadLineAsync(NetworkStream stream)
    {
        var line = new StringBuilder();
        byte[] one = new byte[1];
        while (true)
        {
            await stream.ReadExactlyAsync(one);
            if (one[0] == '\n')
                return line.ToString();
            if (one[0] != '\r')
                line.Append((char)one[0]);
        }
    }

    private static async Task<byte[]> ReadExactlyAsync(NetworkStream stream, int count)
    {
        byte[] bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes);
        return bytes;
    }
}
