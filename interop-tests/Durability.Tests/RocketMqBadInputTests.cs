using System.Buffers.Binary;
using System.Text.Json;
using Cmq.MultiProtocol.Interop.Durability.Clients;
using Xunit.Abstractions;

namespace Cmq.MultiProtocol.Interop.Durability;

/// <summary>Issue "Bad input" for RocketMQ, against the real process: what is no frame is closed, a frame that makes no
/// sense is answered with a code, and only that connection or request suffers.</summary>
public sealed class RocketMqBadInputTests(ITestOutputHelper output)
{
    private const int HalfFrames = 200;
    private const string Topic = "good";

    [Fact]
    public async Task Bad_frames_cost_their_own_connection_and_nobody_else()
    {
        await using BrokerProcess broker = await BrokerProcess.StartAsync(new BrokerSettings
        {
            Arguments = ["--Cluster:DataGroups=1", "--RocketMq:FrameTimeoutMs=3000"],
        });
        using RawRocketMq good = await RawRocketMq.ConnectAsync(broker.RocketMqPort);
        long offset = 0;

        await BadInputRun.RunAsync(
            broker,
            [.. Offences(broker.RocketMqPort), .. Offences(broker.NameServerPort), .. Requests(broker.RocketMqPort)],
            GoOnAsync,
            output);

        async Task GoOnAsync()
        {
            JsonElement answer = await good.AskAsync(RawRocketMq.Send(Topic, "still here"));
            Assert.Equal(0, answer.GetProperty("code").GetInt32());
            Assert.Equal(
                $"{offset++}", answer.GetProperty("extFields").GetProperty("queueOffset").GetString());
        }
    }

    /// <summary>What costs the connection.</summary>
    private static IEnumerable<(string, Func<Task>)> Offences(int port)
    {
        byte[] request = RawRocketMq.Request(106, null);
        yield return ("garbage", () => ClosedAsync(port, "GET / HTTP/1.1\r\n\r\n"u8.ToArray()));
        yield return ("a frame of 2 GB", () => ClosedAsync(port, [0x7F, 0xFF, 0xFF, 0xFF, 0, 0, 0, 2]));
        yield return ("a frame of less than nothing", () => ClosedAsync(port, [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 2]));
        yield return ("a frame without room for its prefix", () => ClosedAsync(port, [0, 0, 0, 3, 0, 0, 0, 2]));
        yield return ("a header longer than its frame", () => ClosedAsync(port, [0, 0, 0, 10, 0, 0, 1, 0]));
        yield return ("an unknown serialization", () => ClosedAsync(port, RawRocketMq.Frame("{}"u8, [], serialization: 7)));
        yield return ("a header that is no JSON", () => ClosedAsync(port, RawRocketMq.Frame("no JSON"u8, [])));
        yield return ("a header that is a list", () => ClosedAsync(port, RawRocketMq.Frame("[1]"u8, [])));
        yield return ("a header of many levels", () => ClosedAsync(
            port, RawRocketMq.Frame([.. Enumerable.Repeat((byte)'[', 20_000)], [])));
        yield return ("a binary header cut off", () => ClosedAsync(
            port, RawRocketMq.Frame([0, 106, 0, 0, 1], [], serialization: 1)));
        yield return ("half a frame, then silence", () => ClosedAsync(port, request[..^5]));
        yield return ("a request cut at every byte", () => CutsAsync(port, request));
        yield return ("a request byte by byte", () => ByteByByteAsync(port, request));
        yield return ("half frames", () => HalfFramesAsync(port));
        yield return ("random bytes", () => RandomAsync(port));
    }

    /// <summary>What costs the request, and nothing more.</summary>
    private static IEnumerable<(string, Func<Task>)> Requests(int port)
    {
        const int systemError = 1;
        const int illegalMessage = 13;
        yield return ("an unknown code", () => AnsweredAsync(port, RawRocketMq.Request(9_999, null), 3));
        yield return ("a negative code", () => AnsweredAsync(port, RawRocketMq.Request(-1, null), 3));
        yield return ("a send without fields", () => AnsweredAsync(port, RawRocketMq.Request(10, null), systemError));
        yield return ("a send with a queue that is no number", () => AnsweredAsync(
            port, RawRocketMq.Request(10, new { producerGroup = "PG", topic = Topic, queueId = "x" }), systemError));
        yield return ("a heartbeat that cannot be read", () => AnsweredAsync(
            port, RawRocketMq.Request(34, null, "no JSON"u8), systemError));
        yield return ("a message that is too large", () => AnsweredAsync(
            port, RawRocketMq.Send(Topic, new string('x', (4 << 20) + 1)), illegalMessage));
        yield return ("a pull of what is not there", () => AnsweredAsync(
            port,
            RawRocketMq.Request(11, new
            {
                consumerGroup = "CG",
                topic = "nowhere",
                queueId = "0",
                queueOffset = "0",
                maxMsgNums = "1",
                sysFlag = "0",
                commitOffset = "0",
                suspendTimeoutMillis = "0",
                subVersion = "0",
            }),
            17));
        yield return ("an answer that nobody asked for", () => UnaskedAsync(port));
    }

    private static async Task ClosedAsync(int port, byte[] bytes)
    {
        using RawClient client = await RawClient.ConnectAsync(port);
        await client.SendAsync(bytes);
        Assert.Empty(await client.ReadToEndAsync());
    }

    /// <summary>With that code, and the connection goes on.</summary>
    private static async Task AnsweredAsync(int port, byte[] request, int code)
    {
        using RawRocketMq client = await RawRocketMq.ConnectAsync(port);
        JsonElement answer = await client.AskAsync(request);
        Assert.True(answer.GetProperty("code").GetInt32() == code, answer.ToString());
        await GoesOnAsync(client);
    }

    private static async Task UnaskedAsync(int port)
    {
        const int isResponse = 1;
        using RawRocketMq client = await RawRocketMq.ConnectAsync(port);
        await client.Client.SendAsync(RawRocketMq.Request(0, null, flag: isResponse));
        await GoesOnAsync(client);
    }

    private static async Task GoesOnAsync(RawRocketMq client)
    {
        JsonElement answer = await client.AskAsync(RawRocketMq.Request(30, new { topic = Topic, queueId = "0" }));
        Assert.Equal(0, answer.GetProperty("code").GetInt32());
    }

    private static async Task CutsAsync(int port, byte[] request)
    {
        for (int cut = 1; cut < request.Length; cut++)
        {
            using RawClient client = await RawClient.ConnectAsync(port);
            await client.SendAsync(request.AsMemory(0, cut));
            client.EndSending();
            Assert.Empty(await client.ReadToEndAsync());
        }
    }

    private static async Task ByteByByteAsync(int port, byte[] request)
    {
        using RawRocketMq client = await RawRocketMq.ConnectAsync(port);
        foreach (byte part in request[..^1])
            await client.Client.SendAsync(new[] { part });
        JsonElement answer = await client.AskAsync(request[^1..]);
        Assert.Equal(7, answer.GetProperty("opaque").GetInt32());
    }

    /// <summary>Each says 16 MB and brings 64 KiB of them.</summary>
    private static async Task HalfFramesAsync(int port)
    {
        var clients = new List<RawClient>();
        try
        {
            for (int i = 0; i < HalfFrames; i++)
            {
                RawClient client = await RawClient.ConnectAsync(port);
                clients.Add(client);
                await client.SendAsync(new byte[] { 0, 0xFF, 0xFF, 0xFF, 0, 0, 0, 2 });
                await client.SendAsync(new byte[65_536]);
            }
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    }

    private static async Task RandomAsync(int port)
    {
        var random = new Random(20_251);
        for (int i = 0; i < 60; i++)
        {
            using RawClient client = await RawClient.ConnectAsync(port);
            byte[] noise = new byte[random.Next(8, 4_000)];
            random.NextBytes(noise);
            // With the length of a frame every second time, so that it gets past the first check.
            if (i % 2 == 0)
            {
                BinaryPrimitives.WriteInt32BigEndian(noise, noise.Length - 4);
                BinaryPrimitives.WriteInt32BigEndian(noise.AsSpan(4), ((i % 4) / 2 << 24) | (noise.Length - 8));
            }

            await client.SendAsync(noise);
            client.EndSending();
            Assert.Empty(await client.ReadToEndAsync());
        }
    }
}
