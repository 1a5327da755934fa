using System.Net.WebSockets;
using Cmq.MultiProtocol.Interop.Durability.Clients;
using Xunit.Abstractions;

namespace Cmq.MultiProtocol.Interop.Durability;

/// <summary>Issue "Bad input" for MQTT, against the real process: 5.0 is told the reason that the specification names,
/// 3.1.1 is closed without a word, and only that connection suffers.</summary>
public sealed class MqttBadInputTests(ITestOutputHelper output)
{
    private const int HalfPackets = 200;
    private const int ReceiveMaximum = 1_000;
    private const byte Malformed = 0x81;
    private const byte ProtocolError = 0x82;
    private const byte TopicNameInvalid = 0x90;
    private const byte ReceiveMaximumExceeded = 0x93;
    private const byte TopicAliasInvalid = 0x94;
    private const byte PacketTooLarge = 0x95;

    /// <summary>After CONNECT of 5.0.</summary>
    private static readonly (string Name, string Hex, byte Reason)[] Broken5 =
    [
        ("a second CONNECT", "10 0E 0004 4D515454 05 02 0000 00 0001 78", ProtocolError),
        ("a reserved type", "00 00", Malformed),
        ("a packet that only servers send", "20 03 00 00 00", ProtocolError),
        ("a length of five bytes", "30 FF FF FF FF 01", Malformed),
        ("a length longer than needed", "C0 80 00", Malformed),
        ("a PUBLISH of 256 MB", "30 FF FF FF 7F", PacketTooLarge),
        ("a SUBSCRIBE of 16 MB", "82 FF FF FF 07", PacketTooLarge),
        ("a PINGREQ with a body", "C0 01 00", Malformed),
        ("wrong flags", "80 07 0001 00 0001 61 00", Malformed),
        ("QoS 3", "36 07 0001 61 0001 00 78", Malformed),
        ("DUP with QoS 0", "38 05 0001 61 00 78", Malformed),
        ("a wildcard in a topic", "30 05 0001 2B 00 78", TopicNameInvalid),
        ("a topic that is no UTF-8", "30 06 0002 C080 00 78", Malformed),
        ("a topic with a zero in it", "30 05 0001 00 00 78", Malformed),
        ("a topic longer than its packet", "30 03 FFFF 61", Malformed),
        ("neither topic nor alias", "30 04 0000 00 78", ProtocolError),
        ("packet identifier 0", "32 07 0001 61 0000 00 78", ProtocolError),
        ("topic alias 0", "30 08 0001 61 03 23 0000 78", TopicAliasInvalid),
        ("a topic alias above the maximum", "30 08 0001 61 03 23 FFFF 78", TopicAliasInvalid),
        ("an alias that stands for nothing", "30 07 0000 03 23 0001 78", ProtocolError),
        ("an unknown property", "30 07 0001 61 02 7E 00 78", Malformed),
        ("a property twice", "30 0F 0001 61 0A 02 00000001 02 00000001 78", ProtocolError),
        ("properties longer than their packet", "30 04 0001 61 7F", Malformed),
        ("SUBSCRIBE to nothing", "82 03 0001 00", ProtocolError),
        ("no-local on a shared subscription", "82 10 0001 00 000A 2473686172652F672F61 05", ProtocolError),
        ("AUTH without a method", "F0 02 18 00", ProtocolError),
        ("a DISCONNECT that keeps a clean session", "E0 07 00 05 11 00000005", ProtocolError),
    ];

    /// <summary>After CONNECT of 3.1.1.</summary>
    private static readonly (string Name, string Hex)[] Broken311 =
    [
        ("a second CONNECT", "10 0D 0004 4D515454 04 02 0000 0001 78"),
        ("a reserved type", "F0 00"),
        ("a packet that only servers send", "20 02 0000"),
        ("a length of five bytes", "30 FF FF FF FF 01"),
        ("a PUBLISH of 256 MB", "30 FF FF FF 7F"),
        ("a SUBSCRIBE of 16 MB", "82 FF FF FF 07"),
        ("QoS 3", "36 06 0001 61 0001 78"),
        ("a wildcard in a topic", "30 04 0001 2B 78"),
        ("a topic that is no UTF-8", "30 05 0002 C080 78"),
        ("no topic", "30 03 0000 78"),
        ("packet identifier 0", "32 06 0001 61 0000 78"),
        ("SUBSCRIBE to nothing", "82 02 0001"),
        ("a granted QoS of 3", "82 06 0001 0001 61 03"),
    ];

    [Fact]
    public async Task Bad_packets_cost_their_own_connection_and_nobody_else()
    {
        await using BrokerProcess broker = await BrokerProcess.StartAsync(new BrokerSettings
        {
            Arguments = ["--Mqtt:ConnectTimeoutMs=3000", $"--Mqtt:ReceiveMaximum={ReceiveMaximum}"],
        });
        using RawMqtt good = await RawMqtt.OpenAsync(broker.MqttPort, RawMqtt.V5);
        await good.Client.SendAsync(RawMqtt.Subscribe(RawMqtt.V5, 1, "good"));
        await good.ReadAsync(RawMqtt.SubAck);

        await BadInputRun.RunAsync(broker, Offences(broker.MqttPort, broker.MqttWebSocketPort), GoOnAsync, output);

        async Task GoOnAsync()
        {
            await good.Client.SendAsync(RawMqtt.Publish(RawMqtt.V5, qos: 0, 0, "good", "still here"u8));
            Assert.EndsWith("still here", System.Text.Encoding.ASCII.GetString(await good.ReadAsync(0x30)), StringComparison.Ordinal);
        }
    }

    private static IEnumerable<(string, Func<Task>)> Offences(int port, int webSocketPort)
    {
        yield return ("garbage for a CONNECT", () => RefusedAsync(port, "GET / HTTP/1.1\r\n\r\n"u8.ToArray()));
        yield return ("a PUBLISH before CONNECT", () => RefusedAsync(port, Hex("30 04 0001 61 78")));
        yield return ("a CONNECT of 256 MB", () => RefusedAsync(port, Hex("10 FF FF FF 7F")));
        yield return ("half a CONNECT, then silence", () => RefusedAsync(port, Hex("10 0D 0004 4D51")));
        yield return ("nothing at all", () => RefusedAsync(port, []));
        yield return ("a CONNECT of 3.1.1 with a reserved flag", () => RefusedAsync(
            port, Hex("10 0D 0004 4D515454 04 03 0000 0001 78")));
        yield return ("a CONNECT of 5.0 with a reserved flag", () => ToldAsync(
            port, Hex("10 0E 0004 4D515454 05 03 0000 00 0001 78"), Malformed));
        yield return ("a level of the future", () => ToldAsync(port, Hex("10 0E 0004 4D515454 06 02 0000 00 0001 78"), 0x84));
        yield return ("a level of the past", () => ToldAsync(port, Hex("10 0D 0004 4D515454 02 02 0000 0001 78"), 1));

        foreach ((string name, string hex, byte reason) in Broken5)
            yield return ($"{name} in 5.0", () => DisconnectedAsync(port, Hex(hex), reason));
        foreach ((string name, string hex) in Broken311)
            yield return ($"{name} in 3.1.1", () => ClosedAsync(port, Hex(hex)));

        yield return ("more under way than the receive maximum", () => TooManyAsync(port));
        yield return ("a dialogue cut at every byte", () => CutsAsync(port));
        yield return ("a dialogue byte by byte", () => ByteByByteAsync(port));
        yield return ("half packets", () => HalfPacketsAsync(port));
        yield return ("random bytes", () => RandomAsync(port));
        yield return ("no WebSocket", () => NoWebSocketAsync(webSocketPort));
        yield return ("text over WebSocket", () => WebSocketAsync(webSocketPort, WebSocketMessageType.Text));
        yield return ("garbage over WebSocket", () => WebSocketAsync(webSocketPort, WebSocketMessageType.Binary));
    }

    private static byte[] Hex(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    /// <summary>Nothing may come before CONNACK, and a stranger is told nothing.</summary>
    private static async Task RefusedAsync(int port, byte[] bytes)
    {
        using RawClient client = await RawClient.ConnectAsync(port);
        await client.SendAsync(bytes);
        Assert.Empty(await client.ReadToEndAsync());
    }

    private static async Task ToldAsync(int port, byte[] connect, byte code)
    {
        using RawMqtt client = await RawMqtt.ConnectAsync(port);
        await client.Client.SendAsync(connect);
        (byte first, byte[] body) = await client.ReadAsync();
        Assert.Equal((RawMqtt.ConnAck, code), (first, body[1]));
        Assert.Empty(await client.Client.ReadToEndAsync());
    }

    private static async Task DisconnectedAsync(int port, byte[] bytes, byte reason)
    {
        using RawMqtt client = await RawMqtt.OpenAsync(port, RawMqtt.V5);
        await client.Client.SendAsync(bytes);
        (byte first, byte[] body) = await client.ReadAsync();
        Assert.Equal((RawMqtt.Disconnect, reason), (first, body[0]));
        Assert.Empty(await client.Client.ReadToEndAsync());
    }

    private static async Task ClosedAsync(int port, byte[] bytes)
    {
        using RawMqtt client = await RawMqtt.OpenAsync(port, RawMqtt.V311);
        await client.Client.SendAsync(bytes);
        Assert.Empty(await client.Client.ReadToEndAsync());
    }

    private static async Task TooManyAsync(int port)
    {
        using RawMqtt client = await RawMqtt.OpenAsync(port, RawMqtt.V5);
        for (ushort id = 1; id <= ReceiveMaximum + 1; id++)
            await client.Client.SendAsync(RawMqtt.Publish(RawMqtt.V5, qos: 2, id, "nobody/releases/it", "x"u8));
        Assert.Equal(ReceiveMaximumExceeded, (await client.ReadAsync(RawMqtt.Disconnect))[0]);
    }

    private static byte[] Dialogue() =>
    [
        .. RawMqtt.Connect(RawMqtt.V5),
        .. RawMqtt.Subscribe(RawMqtt.V5, 1, "bad/+"),
        .. RawMqtt.Publish(RawMqtt.V5, qos: 1, 2, "bad/input", "x"u8),
    ];

    private static async Task CutsAsync(int port)
    {
        byte[] dialogue = Dialogue();
        for (int cut = 1; cut < dialogue.Length; cut++)
        {
            using RawClient client = await RawClient.ConnectAsync(port);
            await client.SendAsync(dialogue.AsMemory(0, cut));
            client.EndSending();
            await client.ReadToEndAsync();
        }
    }

    private static async Task ByteByByteAsync(int port)
    {
        using RawMqtt client = await RawMqtt.ConnectAsync(port);
        foreach (byte part in Dialogue())
            await client.Client.SendAsync(new[] { part });
        await client.ReadAsync(RawMqtt.PubAck);
    }

    /// <summary>Each says 16 MB and brings 64 KiB of them: it may stay, but costs what it brought.</summary>
    private static async Task HalfPacketsAsync(int port)
    {
        var clients = new List<RawMqtt>();
        try
        {
            for (int i = 0; i < HalfPackets; i++)
            {
                RawMqtt client = await RawMqtt.OpenAsync(port, i % 2 == 0 ? RawMqtt.V5 : RawMqtt.V311);
                clients.Add(client);
                await client.Client.SendAsync(Hex("30 F0 FF FF 07 0001 61 00"));
                await client.Client.SendAsync(new byte[65_536]);
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
            using RawMqtt client = await RawMqtt.OpenAsync(port, i % 4 < 2 ? RawMqtt.V5 : RawMqtt.V311);
            byte[] noise = new byte[random.Next(8, 4_000)];
            random.NextBytes(noise);
            // In a PUBLISH or a SUBSCRIBE every second time, so that it gets past the framing.
            await client.Client.SendAsync(i % 2 == 0 ? noise : RawMqtt.Packet((byte)(i % 3 == 0 ? 0x82 : 0x32), noise));
            client.Client.EndSending();
            await client.Client.ReadToEndAsync();
        }
    }

    private static async Task NoWebSocketAsync(int port)
    {
        using var http = new HttpClient();
        using HttpResponseMessage answer = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/mqtt"));
        Assert.Equal(400, (int)answer.StatusCode);
        await RefusedOrToldAsync("\u0001\u0002 garbage\r\n\r\n"u8.ToArray());

        async Task RefusedOrToldAsync(byte[] bytes)
        {
            using RawClient client = await RawClient.ConnectAsync(port);
            await client.SendAsync(bytes);
            Assert.StartsWith("HTTP/1.1 400", System.Text.Encoding.Latin1.GetString(await client.ReadToEndAsync()), StringComparison.Ordinal);
        }
    }

    private static async Task WebSocketAsync(int port, WebSocketMessageType type)
    {
        using var socket = new ClientWebSocket();
        using var patience = new CancellationTokenSource(Patience.Long);
        socket.Options.AddSubProtocol("mqtt");
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{port}/mqtt"), patience.Token);
        await socket.SendAsync("no packet of MQTT"u8.ToArray(), type, endOfMessage: true, patience.Token);
        ValueWebSocketReceiveResult received = await socket.ReceiveAsync(new byte[16].AsMemory(), patience.Token);
        Assert.Equal(WebSocketMessageType.Close, received.MessageType);
    }
}
