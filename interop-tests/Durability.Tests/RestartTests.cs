using System.Text;
using Cmq.MultiProtocol.Interop.Durability.Clients;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Cmq.MultiProtocol.Interop.Durability;

/// <summary>What is durable is there after SIGKILL, unchanged; what is not is gone.</summary>
public sealed class RestartTests
{
    private static readonly Dictionary<string, object?> Headers = new()
    {
        ["text"] = Encoding.UTF8.GetBytes("wörld"),
        ["short"] = (short)-7,
        ["int"] = -70_000,
        ["long"] = 1L << 40,
        ["byte"] = (sbyte)-3,
        ["double"] = 0.1,
        ["float"] = 1.5f,
        ["yes"] = true,
        ["none"] = null,
        ["bytes"] = new BinaryTableValue([0, 1, 255]),
        ["time"] = new AmqpTimestamp(1_700_000_000),
        ["list"] = new List<object?> { 1, Encoding.ASCII.GetBytes("two") },
        ["table"] = new Dictionary<string, object?> { ["inner"] = 5 },
    };

    [Fact]
    public async Task Durable_things_survive_a_kill_unchanged_and_others_do_not()
    {
        await using BrokerProcess broker = await BrokerProcess.StartAsync();
        byte[] body = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i % 251))];
        var properties = new BasicProperties
        {
            ContentType = "application/x-test",
            ContentEncoding = "none",
            DeliveryMode = DeliveryModes.Persistent,
            Priority = 4,
            CorrelationId = "c-1",
            ReplyTo = "nobody",
            MessageId = "m-1",
            Timestamp = new AmqpTimestamp(1_700_000_001),
            Type = "test",
            UserId = "guest",
            AppId = "tests",
            Headers = Headers,
        };
        await using (IConnection connection = await AmqpClient.ConnectAsync(broker))
        {
            await using IChannel channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, false));
            await channel.ExchangeDeclareAsync("r-durable", "topic", durable: true);
            await channel.ExchangeDeclareAsync("r-transient", "topic", durable: false);
            await channel.DeclareAsync("r-queue");
            await channel.QueueBindAsync("r-queue", "r-durable", "a.*.c");
            await channel.QueueDeclareAsync("r-non-durable", durable: false, exclusive: false, autoDelete: false);
            await channel.QueueDeclareAsync("r-exclusive", durable: true, exclusive: true, autoDelete: false);
            await using IChannel confirming = await connection.ConfirmingAsync();
            await channel.BasicPublishAsync("r-durable", "a.b.c", mandatory: true, properties, body);
            await channel.BasicPublishAsync("", "r-queue", mandatory: true, new BasicProperties(), Array.Empty<byte>());
            // Same connection, same group: when this is confirmed, so are the two before.
            await confirming.SendAsync("r-queue", "unacked"u8.ToArray());
            await confirming.SendAsync("r-non-durable", "gone"u8.ToArray());
            await Patience.UntilAsync(
                async () => (await channel.QueueDeclarePassiveAsync("r-queue")).MessageCount == 3, "three messages");
            Assert.NotNull(await channel.BasicGetAsync("r-queue", autoAck: false));
        }

        await broker.KillAsync();
        await broker.RestartAsync();

        await using IConnection back = await AmqpClient.ConnectAsync(broker);
        await using IChannel again = await back.ConfirmingAsync();
        await again.ExchangeDeclarePassiveAsync("r-durable");
        Assert.Equal(3u, (await again.QueueDeclarePassiveAsync("r-queue")).MessageCount);
        BasicGetResult first = (await again.BasicGetAsync("r-queue", autoAck: false))!;
        Assert.True(first.Redelivered);
        Assert.Equal(body, first.Body.ToArray());
        Assert.Equal("r-durable", first.Exchange);
        Assert.Equal("a.b.c", first.RoutingKey);
        IReadOnlyBasicProperties came = first.BasicProperties;
        Assert.Equal(
            ("application/x-test", "none", DeliveryModes.Persistent, 4, "c-1", "nobody", "m-1", 1_700_000_001L),
            (came.ContentType, came.ContentEncoding, came.DeliveryMode, came.Priority, came.CorrelationId,
                came.ReplyTo, came.MessageId, came.Timestamp.UnixTime));
        Assert.Equal(("test", "guest", "tests"), (came.Type, came.UserId, came.AppId));
        Assert.Equivalent(Headers, came.Headers, strict: true);
        foreach ((string name, object? value) in Headers)
            Assert.Equal(value?.GetType(), came.Headers![name]?.GetType());
        Assert.Equal(0, (await again.BasicGetAsync("r-queue", autoAck: false))!.Body.Length);
        Assert.Equal("unacked"u8.ToArray(), (await again.BasicGetAsync("r-queue", autoAck: false))!.Body.ToArray());

        // The binding is there, too.
        await again.BasicPublishAsync("r-durable", "a.x.c", mandatory: true, "bound"u8.ToArray());
        Assert.Equal("bound"u8.ToArray(), (await again.BasicGetAsync("r-queue", autoAck: true))!.Body.ToArray());

        Assert.Equal(404, await CodeOfAsync(back, channel => channel.QueueDeclarePassiveAsync("r-non-durable")));
        Assert.Equal(404, await CodeOfAsync(back, channel => channel.QueueDeclarePassiveAsync("r-exclusive")));
        Assert.Equal(404, await CodeOfAsync(back, channel => channel.ExchangeDeclarePassiveAsync("r-transient")));
    }

    [Fact]
    public async Task Time_goes_on_over_a_restart_for_expiry_delay_and_dead_letters()
    {
        await using BrokerProcess broker = await BrokerProcess.StartAsync();
        await using (IConnection connection = await AmqpClient.ConnectAsync(broker))
        {
            await using IChannel channel = await connection.ConfirmingAsync();
            await channel.DeclareAsync("d-dead");
            var arguments = new Dictionary<string, object?>
            {
                ["x-message-ttl"] = 3_000,
                ["x-dead-letter-exchange"] = "",
                ["x-dead-letter-routing-key"] = "d-dead",
            };
            await channel.DeclareAsync("d-short", arguments);
            await channel.DeclareAsync("d-own");
            for (int i = 0; i < 20; i++)
                await channel.SendAsync("d-short", Encoding.ASCII.GetBytes($"dead {i}"));
            await channel.SendAsync("d-own", "expires"u8.ToArray(), new BasicProperties { Expiration = "2000" });
            await channel.SendAsync("d-own", "stays"u8.ToArray());
        }

        using CmqClient cmq = CmqClient.Of(broker);
        (await cmq.CallAsync("CreateQueue", ("queueName", "d-later"))).Expect();
        CmqAnswer sent = (await cmq.CallAsync(
            "SendMessage", ("queueName", "d-later"), ("msgBody", "later"), ("delaySeconds", "6"))).Expect();
        Assert.True((await cmq.CallAsync("ReceiveMessage", ("queueName", "d-later"))).IsNoMessage);

        await broker.KillAsync();
        await broker.RestartAsync();

        await using IConnection back = await AmqpClient.ConnectAsync(broker);
        await using IChannel again = await back.CreateChannelAsync();
        Assert.True((await cmq.CallAsync("ReceiveMessage", ("queueName", "d-later"))).IsNoMessage);
        List<string> dead = [];
        await Patience.UntilAsync(
            async () =>
            {
                while (await again.BasicGetAsync("d-dead", autoAck: true) is { } message)
                {
                    var deaths = (List<object?>)message.BasicProperties.Headers!["x-death"]!;
                    var death = (IDictionary<string, object?>)Assert.Single(deaths)!;
                    Assert.Equal("expired", Encoding.ASCII.GetString((byte[])death["reason"]!));
                    Assert.Equal(1L, death["count"]);
                    dead.Add(Encoding.ASCII.GetString(message.Body.Span));
                }

                return dead.Count >= 20;
            },
            "twenty dead letters");
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"dead {i}"), dead);
        Assert.Equal("stays"u8.ToArray(), (await again.BasicGetAsync("d-own", autoAck: true))!.Body.ToArray());
        Assert.Null(await again.BasicGetAsync("d-own", autoAck: true));
        CmqAnswer later = (await cmq.CallAsync(
            "ReceiveMessage", ("queueName", "d-later"), ("pollingWaitSeconds", "20"))).Expect();
        Assert.Equal(sent.Text("msgId"), later.Text("msgId"));
        Assert.Equal("later", later.Text("msgBody"));

        // Dead letters came once, also after one more restart.
        await broker.KillAsync();
        await broker.RestartAsync();
        await using IConnection last = await AmqpClient.ConnectAsync(broker);
        await using IChannel checking = await last.CreateChannelAsync();
        Assert.Null(await checking.BasicGetAsync("d-dead", autoAck: true));
        Assert.Equal(0u, (await checking.QueueDeclarePassiveAsync("d-short")).MessageCount);
    }

    private static async Task<int> CodeOfAsync(IConnection connection, Func<IChannel, Task> call)
    {
        await using IChannel channel = await connection.CreateChannelAsync();
        var refused = await Assert.ThrowsAsync<OperationInterruptedException>(() => call(channel));
        return refused.ShutdownReason!.ReplyCode;
    }
}
