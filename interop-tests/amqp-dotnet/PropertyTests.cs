using RabbitMQ.Client;

namespace Cmq.MultiProtocol.Interop.AmqpDotnet;

public sealed class PropertyTests(BrokerFixture fixture) : AmqpTest(fixture)
{
    [Fact]
    public async Task Every_property_comes_out_as_it_went_in()
    {
        // Without tracking of confirms, for which this client adds a header of its own.
        await using IChannel channel = await Connection.CreateChannelAsync();
        string queue = await DeclareAsync(channel);
        var sent = new BasicProperties
        {
            ContentType = "application/json",
            ContentEncoding = "gzip",
            DeliveryMode = DeliveryModes.Persistent,
            Priority = 7,
            CorrelationId = "correlation",
            ReplyTo = "reply.queue",
            Expiration = "3600000",
            MessageId = "message-1",
            Timestamp = new AmqpTimestamp(1_700_000_000),
            Type = "type",
            UserId = "guest",
            AppId = "app",
            ClusterId = "cluster",
        };

        await PublishAsync(channel, queue, "x", sent);
        IReadOnlyBasicProperties got = (await channel.BasicGetAsync(queue, autoAck: true))!.BasicProperties;

        Assert.Equal(sent.ContentType, got.ContentType);
        Assert.Equal(sent.ContentEncoding, got.ContentEncoding);
        Assert.Equal(sent.DeliveryMode, got.DeliveryMode);
        Assert.Equal(sent.Priority, got.Priority);
        Assert.Equal(sent.CorrelationId, got.CorrelationId);
        Assert.Equal(sent.ReplyTo, got.ReplyTo);
        Assert.Equal(sent.Expiration, got.Expiration);
        Assert.Equal(sent.MessageId, got.MessageId);
        Assert.Equal(sent.Timestamp, got.Timestamp);
        Assert.Equal(sent.Type, got.Type);
        Assert.Equal(sent.UserId, got.UserId);
        Assert.Equal(sent.AppId, got.AppId);
        Assert.Equal(sent.ClusterId, got.ClusterId);
        Assert.False(got.IsHeadersPresent());
    }

    [Fact]
    public async Task Headers_of_every_type_come_out_as_they_went_in()
    {
        // Without tracking of confirms, for which this client adds a header of its own.
        await using IChannel channel = await Connection.CreateChannelAsync();
        string queue = await DeclareAsync(channel);
        var headers = new Dictionary<string, object?>
        {
            ["true"] = true,
            ["byte"] = (byte)200,
            ["sbyte"] = (sbyte)-100,
            ["short"] = (short)-30_000,
            ["ushort"] = (ushort)60_000,
            ["int"] = int.MinValue,
            ["uint"] = uint.MaxValue,
            ["long"] = long.MinValue,
            ["float"] = 1.5f,
            ["double"] = Math.PI,
            ["decimal"] = 123.45m,
            ["bytes"] = "text"u8.ToArray(),
            ["binary"] = new BinaryTableValue([1, 2, 3]),
            ["time"] = new AmqpTimestamp(1_700_000_000),
            ["void"] = null,
            ["list"] = new List<object?> { 1, "two"u8.ToArray(), null },
            ["table"] = new Dictionary<string, object?> { ["inner"] = new Dictionary<string, object?> { ["n"] = 1L } },
        };

        await PublishAsync(channel, queue, "x", new BasicProperties { Headers = headers });
        IDictionary<string, object?> got = (await channel.BasicGetAsync(queue, autoAck: true))!.BasicProperties.Headers!;

        Assert.Equal(headers.Keys.Order(), got.Keys.Order());
        foreach ((string name, object? value) in headers)
        {
            if (value is BinaryTableValue binary)
                Assert.Equal(binary.Bytes, Assert.IsType<BinaryTableValue>(got[name]).Bytes);
            else
                Assert.Equivalent(value, got[name], strict: true);
        }
    }
}
