using System.Text;
using System.Text.Json;
using Cmq.MultiProtocol.Interop.Clients.Matrix;

namespace Cmq.MultiProtocol.Interop.Clients;

/// <summary>Every protocol to every other with stock clients: npm amqplib, mqtt, ali-ons and qcloudapi-sdk
/// (interop-tests/matrix). What must arrive is docs/mapping.md (<see cref="MappingTable"/>).</summary>
public sealed class MatrixTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    /// <summary>Log time and the clock of the tests may differ by a little.</summary>
    private const long ClockSlackMs = 5_000;

    /// <summary>Longer than any of these tests may take.</summary>
    private const long LongestWayMs = 120_000;

    private static readonly string[] Protocols =
        [MappingTable.Amqp, MappingTable.Mqtt, MappingTable.RocketMq, MappingTable.Http];

    public static TheoryData<string, string> Pairs
    {
        get
        {
            var pairs = new TheoryData<string, string>();
            foreach (string from in Protocols)
            {
                foreach (string to in Protocols)
                    pairs.Add(from, to);
            }
            pairs.Add(MappingTable.HttpTopic, MappingTable.Amqp);
            pairs.Add(MappingTable.HttpTopic, MappingTable.Http);
            return pairs;
        }
    }

    public static TheoryData<string, string> RoundTrips
    {
        get
        {
            var trips = new TheoryData<string, string>();
            string[] withProperties = [.. Protocols.Where(protocol => protocol != MappingTable.Http)];
            foreach (string home in withProperties)
            {
                foreach (string away in withProperties.Where(protocol => protocol != home))
                    trips.Add(home, away);
            }
            return trips;
        }
    }

    [TheoryIfAvailable(ClientKind.Matrix)]
    [MemberData(nameof(Pairs))]
    public async Task A_message_arrives_as_the_table_says(string from, string to)
    {
        byte[] body = Body(from, to);
        SampleMessage message = SampleMessage.Full();
        long startMs = NowMs();

        ReceivedMessage got = await SendAsync(message, body, dotInLevel: false, from, to);

        Assert.Equal(body, got.Body);
        Assert.Equal(Key(got, from, to), got.Key);
        if (to == MappingTable.Mqtt)
            Assert.Equal(1, got.QoS);
        SampleMessage left = MappingTable.Left(from, to, message, got.SentKey);
        // CMQ HTTP shows when the queue got it, whatever the publisher says.
        if (left.TimestampMs is null || to == MappingTable.Http)
            TakeTimestamp(got, to, startMs);
        if (from == MappingTable.Http && to is MappingTable.Amqp or MappingTable.Http)
            Assert.Equal(got.SentId, got.Take(to == MappingTable.Amqp ? "messageId" : "msgId"));
        else if (to == MappingTable.Http)
            Assert.NotNull(got.Take("msgId"));
        else if (from == MappingTable.HttpTopic)
            Assert.NotNull(got.Take("messageId"));
        AssertProperties(got, to, left);
    }

    [TheoryIfAvailable(ClientKind.Matrix)]
    [MemberData(nameof(RoundTrips))]
    public async Task Properties_come_back_from_another_protocol(string home, string away)
    {
        byte[] body = Body(home, away);
        SampleMessage message = SampleMessage.Full();
        long startMs = NowMs();

        ReceivedMessage got = await SendAsync(message, body, dotInLevel: false, home, away, home);

        Assert.Equal(body, got.Body);
        SampleMessage there = MappingTable.Left(home, away, message, "");
        SampleMessage left = MappingTable.Left(away, home, there, got.SentKey);
        if (left.TimestampMs is null)
            TakeTimestamp(got, home, startMs);
        // A tag of RocketMQ is the key of its part of the way, which is another one on the way back.
        string? tags = got.Take(home switch
        {
            MappingTable.Amqp => "headers.tags",
            MappingTable.Mqtt => "userProperties.tags",
            _ => "tags",
        });
        if (home == MappingTable.RocketMq)
            Assert.EndsWith(".temp", tags, StringComparison.Ordinal);
        else
            Assert.Equal(string.Join(' ', message.Tags), tags);
        AssertProperties(got, home, left with { Tags = [] });
    }

    /// <summary>MQTT's <c>a.b</c> is one level, AMQP's two; where levels are not looked at, a dot is a dot, and a
    /// consumer that filters by the tag finds it.</summary>
    [TheoryIfAvailable(ClientKind.Matrix)]
    [InlineData(MappingTable.Amqp)]
    [InlineData(MappingTable.Mqtt)]
    [InlineData(MappingTable.RocketMq)]
    public async Task A_dot_in_an_MQTT_level_is_shown_as_a_dot(string to)
    {
        byte[] body = Body(MappingTable.Mqtt, to);

        ReceivedMessage got = await SendAsync(new SampleMessage(), body, dotInLevel: true, MappingTable.Mqtt, to);

        Assert.Equal(body, got.Body);
        Assert.Contains('.', got.SentKey);
        Assert.Equal(got.SentKey, got.Key);
    }

    /// <summary>ali-ons compresses above 4 KiB by itself; what others get is what its user gave it.</summary>
    [TheoryIfAvailable(ClientKind.Matrix)]
    [InlineData(MappingTable.Amqp)]
    [InlineData(MappingTable.Mqtt)]
    [InlineData(MappingTable.RocketMq)]
    [InlineData(MappingTable.Http)]
    public async Task A_body_that_the_client_compressed_arrives_as_it_was_meant(string to)
    {
        byte[] body = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("größer als vier KiB, ", 500)));

        ReceivedMessage got = await SendAsync(new SampleMessage(), body, dotInLevel: false, MappingTable.RocketMq, to);

        Assert.Equal(body, got.Body);
        Assert.DoesNotContain("deflate", string.Join('\n', got.Lines()), StringComparison.Ordinal);
    }

    /// <summary>Bytes of every value, and no two alike; text where CMQ HTTP has a part in it.</summary>
    private static byte[] Body(string from, string to)
    {
        byte[] unique = Guid.NewGuid().ToByteArray();
        return from.StartsWith(MappingTable.Http, StringComparison.Ordinal) || to == MappingTable.Http
            ? Encoding.UTF8.GetBytes($"{from} → {to}: größer & a=b +%/ 你好 {Convert.ToHexString(unique)}")
            : [.. Enumerable.Range(0, 256).Select(value => (byte)value), .. unique];
    }

    private static string Key(ReceivedMessage got, string from, string to) => to switch
    {
        MappingTable.Mqtt => got.SentKey.Replace('.', '/'),
        MappingTable.Http => got.Queue,
        MappingTable.Amqp when from == MappingTable.Http => got.Queue,
        _ => got.SentKey,
    };

    private static void AssertProperties(ReceivedMessage got, string to, SampleMessage expected)
    {
        Dictionary<string, object> column = MappingTable.Column(to, expected, got.SentKey);
        // What MQTT tells and takes is what is left, in seconds.
        TakeExpiry("messageExpiryInterval", unitMs: 1_000);
        TakeExpiry("expiration", unitMs: 1);
        Assert.Equal(ReceivedMessage.Lines(column), got.Lines());

        void TakeExpiry(string name, long unitMs)
        {
            if (column.Remove(name))
            {
                long mostMs = expected.TtlMs!.Value;
                Assert.InRange(got.TakeNumber(name) * unitMs, mostMs - LongestWayMs, mostMs);
            }
        }
    }

    /// <summary>The time of publishing, where its client sets that itself.</summary>
    private static void TakeTimestamp(ReceivedMessage got, string to, long startMs)
    {
        (string name, long unitMs) = to switch
        {
            MappingTable.Amqp => ("timestamp", 1_000),
            MappingTable.Mqtt => ("userProperties.timestamp", 1),
            MappingTable.RocketMq => ("bornTimestamp", 1),
            _ => ("enqueueTime", 1_000),
        };
        Assert.InRange(got.TakeNumber(name) * unitMs, startMs - ClockSlackMs, NowMs() + ClockSlackMs);
    }

    private static long NowMs() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    private async Task<ReceivedMessage> SendAsync(
        SampleMessage message, byte[] body, bool dotInLevel, params string[] chain)
    {
        // RocketMQ's one tag is the key.
        string[] tags = chain[0] == MappingTable.RocketMq ? [] : message.Tags;
        Dictionary<string, object> properties = MappingTable.Column(chain[0], message with { Tags = tags }, "");
        if (chain[0].StartsWith(MappingTable.Http, StringComparison.Ordinal))
            properties["moreTags"] = new[] { MappingTable.SecondTag };
        ClientResult result = await ExternalClient.RunAsync(
            "node", ["chain.js", .. chain], Repository.Client("matrix"),
            new Dictionary<string, string>
            {
                ["AMQP_URL"] = fixture.Broker.AmqpUri.AbsoluteUri,
                ["MQTT_URL"] = $"mqtt://127.0.0.1:{fixture.Broker.MqttPort}",
                ["ROCKETMQ_NAMESRV"] = $"127.0.0.1:{fixture.Broker.NameServerPort}",
                ["CMQ_HOST"] = $"127.0.0.1:{fixture.Broker.HttpPort}",
                ["CMQ_SECRET_ID"] = fixture.Broker.SecretId,
                ["CMQ_SECRET_KEY"] = fixture.Broker.SecretKey,
            },
            JsonSerializer.SerializeToUtf8Bytes(new { body, properties, dotInLevel }));
        return new ReceivedMessage(result.MustSucceed().Output);
    }
}
