using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Cmq.MultiProtocol.Interop.Durability.Clients;
using Xunit.Abstractions;

namespace Cmq.MultiProtocol.Interop.Durability;

/// <summary>Issue "Bad input" for AMQP and CMQ HTTP, against the real process: each offender gets its protocol's error
/// or a closed connection, memory stays bounded, and a well-behaved client goes on all the while.</summary>
public sealed class BadInputTests(ITestOutputHelper output)
{
    private const int HalfFrames = 200;

    [Fact]
    public async Task Bad_input_costs_its_own_connection_and_nobody_else()
    {
        await using BrokerProcess broker = await BrokerProcess.StartAsync(new BrokerSettings
        {
            Arguments = ["--Amqp:HandshakeTimeoutMs=3000"],
        });
        await BadInputRun.RunAsync(broker, Offences(broker), () => Task.CompletedTask, output);
    }

    private static IEnumerable<(string, Func<Task>)> Offences(BrokerProcess broker)
    {
        int amqp = broker.AmqpPort;
        int http = broker.HttpPort;
        yield return ("garbage for a header", () => HeaderAsync(amqp, "GET / HTTP/1.1\r\n\r\n"u8.ToArray()));
        yield return ("an AMQP 1.0 header", () => HeaderAsync(amqp, [.. "AMQP"u8, 0, 1, 0, 0]));
        yield return ("half a header, then silence", () => SilenceAsync(amqp, "AMQ"u8.ToArray()));
        yield return ("a header, then silence", () => SilenceAsync(amqp, RawClient.AmqpHeader));
        yield return ("half frames, then silence", () => HalfFramesAsync(amqp));
        yield return ("a frame of 2 GB", () => CloseAsync(amqp, [1, 0, 0, 0x7F, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0], 501));
        yield return ("a frame of 4 GB", () => CloseAsync(amqp, [1, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0], 501));
        yield return ("an unknown frame type", () => CloseAsync(amqp, RawClient.Frame(77, 0, [1, 2, 3, 4]), 501));
        yield return ("a wrong end octet", () => CloseAsync(amqp, RawClient.Frame(8, 0, [], end: 0xCD), 501));
        yield return ("a body first", () => OnChannelAsync(amqp, RawClient.Frame(3, 1, "body"u8), 505));
        yield return ("a header first", () => OnChannelAsync(amqp, RawClient.Frame(2, 1, new byte[14]), 505));
        yield return ("a method in the middle of content", () => OnChannelAsync(
            amqp, [.. Publish(), .. RawClient.Method(1, 20, 40, [0, 200, 0, 0, 0, 0, 0])], 505));
        yield return ("more body than was said", () => OnChannelAsync(
            amqp, [.. Publish(), .. ContentHeader(3), .. RawClient.Frame(3, 1, "four"u8)], 501, 505));
        yield return ("a body of 2^63 bytes", () => ChannelCloseAsync(
            amqp, [.. Publish(), .. ContentHeader(long.MaxValue)], 406));
        yield return ("a method for a channel that is not open", () => CloseAsync(
            amqp, RawClient.Method(9, 60, 10, [0, 0, 0, 0, 0, 1, 0]), 504));
        yield return ("an unknown class", () => OnChannelAsync(amqp, RawClient.Method(1, 999, 1, []), 501, 503, 540));
        yield return ("a method cut short", () => OnChannelAsync(amqp, RawClient.Method(1, 50, 10, [0, 0, 200, 1]), 501));
        yield return ("a table that lies about its length", () => OnChannelAsync(
            amqp, RawClient.Method(1, 50, 10, [0, 0, 1, (byte)'q', 0, 0x7F, 0xFF, 0xFF, 0xFF, 1]), 501));
        yield return ("a deep table", () => OnChannelAsync(amqp, RawClient.Method(1, 50, 10, DeepTable()), 501));
        yield return ("random bytes", () => RandomAsync(amqp));
        yield return ("HTTP garbage", () => HttpAsync(http, "\u0001\u0002 garbage\r\n\r\n", "HTTP/1.1 400"));
        yield return ("an HTTP line without end", () => LongLineAsync(http));
        yield return ("headers without end", () => ManyHeadersAsync(http));
        yield return ("a form that says 100 MB", () => HttpAsync(
            http, "POST /v2/index.php HTTP/1.1\r\nHost: x\r\nContent-Length: 104857600\r\n\r\n", null));
        yield return ("a form of 100 MB", () => BigFormAsync(http));
        yield return ("a form that never ends", () => SlowFormAsync(http));
        yield return ("a bad signature", () => SignatureAsync(broker, "wrong"));
        yield return ("a bad secret id", () => SignatureAsync(broker, null));
    }

    private static byte[] Publish() =>
        RawClient.Method(1, 60, 40, [0, 0, 0, 4, .. "none"u8, 0]);

    private static byte[] ContentHeader(long size)
    {
        byte[] header = new byte[14];
        header[1] = 60;
        BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(4), size);
        return RawClient.Frame(2, 1, header);
    }

    private static byte[] DeepTable()
    {
        // Tables in tables, each with one key, until the frame is full.
        byte[] inner = [];
        while (inner.Length < 60_000)
            inner = [1, (byte)'k', (byte)'F', .. Length(inner), .. inner];
        return [0, 0, 1, (byte)'q', 0, .. Length(inner), .. inner];
    }

    private static byte[] Length(byte[] of)
    {
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, of.Length);
        return length;
    }

    private static async Task HeaderAsync(int port, byte[] bytes)
    {
        using RawClient client = await RawClient.ConnectAsync(port);
        await client.SendAsync(bytes);
        byte[] answer = await client.ReadToEndAsync();
        // Bytes that were not read make the close a reset, which may overtake the answer.
        Assert.True(answer.Length == 0 || answer.AsSpan().SequenceEqual(RawClient.AmqpHeader), Convert.ToHexString(answer));
    }

    private static async Task SilenceAsync(int port, byte[] bytes)
    {
        using RawClient client = await RawClient.ConnectAsync(port);
        await client.SendAsync(bytes);
        await client.ReadToEndAsync();
    }

    private static async Task HalfFramesAsync(int port)
    {
        var clients = new List<RawClient>();
        try
        {
            for (int i = 0; i < HalfFrames; i++)
            {
                RawClient client = await RawClient.OpenAmqpAsync(port);
                clients.Add(client);
                // Says 128 KiB, brings half of it: it may stay, for it asked for no heartbeat, but costs what it brought.
                await client.SendAsync(new byte[] { 3, 0, 1, 0, 1, 0xFF, 0xF0 });
                await client.SendAsync(new byte[65_536]);
            }
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    }

    private static async Task CloseAsync(int port, byte[] bytes, params int[] codes)
    {
        using RawClient client = await RawClient.OpenAmqpAsync(port);
        await client.SendAsync(bytes);
        (int code, string text) = await client.ReadCloseAsync();
        Assert.True(codes.Contains(code), $"closed with {code} {text}");
    }

    private static async Task ChannelCloseAsync(int port, byte[] bytes, int code)
    {
        using RawClient client = await RawClient.OpenAmqpAsync(port);
        await client.SendAsync(RawClient.Method(1, 20, 10, [0]));
        await client.ReadMethodAsync(20, 11);
        await client.SendAsync(bytes);
        ReadOnlyMemory<byte> close = await client.ReadMethodAsync(20, 40);
        Assert.Equal(code, BinaryPrimitives.ReadUInt16BigEndian(close.Span));
    }

    private static async Task OnChannelAsync(int port, byte[] bytes, params int[] codes)
    {
        using RawClient client = await RawClient.OpenAmqpAsync(port);
        await client.SendAsync(RawClient.Method(1, 20, 10, [0]));
        await client.ReadMethodAsync(20, 11);
        await client.SendAsync(bytes);
        (int code, string text) = await client.ReadCloseAsync();
        Assert.True(codes.Contains(code), $"closed with {code} {text}");
    }

    private static async Task RandomAsync(int port)
    {
        var random = new Random(20_251);
        for (int i = 0; i < 50; i++)
        {
            using RawClient client = await RawClient.OpenAmqpAsync(port);
            byte[] noise = new byte[random.Next(8, 4_000)];
            random.NextBytes(noise);
            // A method frame of noise every second time, so that it gets past the framing.
            await client.SendAsync(i % 2 == 0 ? noise : RawClient.Frame(1, 1, noise));
            await client.SendAsync(RawClient.Frame(1, 0, noise.AsSpan(0, 4)));
            await client.ReadMethodAsync(10, 50);
        }
    }

    private static async Task HttpAsync(int port, string request, string? answer)
    {
        using RawClient client = await RawClient.ConnectAsync(port);
        await client.SendAsync(Encoding.Latin1.GetBytes(request));
        string said = Encoding.UTF8.GetString(await client.ReadToEndAsync());
        if (answer is not null)
            Assert.StartsWith(answer, said, StringComparison.Ordinal);
    }

    private static async Task LongLineAsync(int port)
    {
        using RawClient client = await RawClient.ConnectAsync(port);
        await SendUntilClosedAsync(client, new byte[64 * 1024].Select(_ => (byte)'a').ToArray(), times: 200);
    }

    private static async Task ManyHeadersAsync(int port)
    {
        using RawClient client = await RawClient.ConnectAsync(port);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n"u8.ToArray());
        string headers = string.Concat(Enumerable.Range(0, 500).Select(i => $"X-{i}: {new string('v', 100)}\r\n"));
        await SendUntilClosedAsync(client, Encoding.ASCII.GetBytes(headers), times: 200);
    }

    private static async Task SendUntilClosedAsync(RawClient client, byte[] bytes, int times)
    {
        try
        {
            for (int i = 0; i < times; i++)
                await client.SendAsync(bytes);
        }
        catch (SocketException)
        {
            return;
        }

        await client.ReadToEndAsync();
    }

    private static async Task BigFormAsync(int port)
    {
        using RawClient client = await RawClient.ConnectAsync(port);
        await client.SendAsync(
            "POST /v2/index.php HTTP/1.1\r\nHost: x\r\nContent-Length: 104857600\r\n\r\nmsgBody="u8.ToArray());
        await SendUntilClosedAsync(client, new byte[1 << 20].Select(_ => (byte)'a').ToArray(), times: 100);
    }

    /// <summary>Slow loris: a byte now and then, on many connections; each is cut off or refused in the end.</summary>
    private static async Task SlowFormAsync(int port)
    {
        var clients = new List<RawClient>();
        try
        {
            for (int i = 0; i < 100; i++)
            {
                RawClient client = await RawClient.ConnectAsync(port);
                clients.Add(client);
                await client.SendAsync(
                    "POST /v2/index.php HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nmsgBody="u8.ToArray());
            }

            foreach (RawClient client in clients)
                await client.ReadToEndAsync();
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    }

    private static async Task SignatureAsync(BrokerProcess broker, string? key)
    {
        using var cmq = key is null
            ? new CmqClient(broker.HttpPort, "AKIDnobody", broker.SecretKey)
            : new CmqClient(broker.HttpPort, broker.SecretId, key);
        CmqAnswer answer = await cmq.CallAsync("ListQueue");
        Assert.Equal(4100, answer.Code);
        Assert.Contains(key is null ? "(10270)" : "(10030)", answer.Message, StringComparison.Ordinal);
    }
}
