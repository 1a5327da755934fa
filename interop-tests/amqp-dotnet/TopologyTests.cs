using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Cmq.MultiProtocol.Interop.AmqpDotnet;

public sealed class TopologyTests(BrokerFixture fixture) : AmqpTest(fixture)
{
    [Theory]
    [InlineData("direct", "red", "red", "blue")]
    [InlineData("topic", "sensors.*.temp", "sensors.7.temp", "sensors.7.8.temp")]
    [InlineData("topic", "sensors.#", "sensors", "others")]
    public async Task An_exchange_routes_by_its_type(string type, string pattern, string match, string other)
    {
        await using IChannel channel = await OpenAsync();
        string queue = await DeclareAsync(channel);
        string exchange = Unique("exchange");
        await channel.ExchangeDeclareAsync(exchange, type, durable: true);
        await channel.QueueBindAsync(queue, exchange, pattern);

        await channel.BasicPublishAsync(exchange, match, body: "in"u8.ToArray());
        await channel.BasicPublishAsync(exchange, other, body: "out"u8.ToArray());

        BasicGetResult? message = await channel.BasicGetAsync(queue, autoAck: true);
        Assert.Equal((exchange, match), (message!.Exchange, message.RoutingKey));
        Assert.Null(await channel.BasicGetAsync(queue, autoAck: true));
    }

    [Fact]
    public async Task A_fanout_exchange_copies_to_every_queue()
    {
        await using IChannel channel = await OpenAsync();
        string[] queues = [await DeclareAsync(channel), await DeclareAsync(channel), await DeclareAsync(channel)];
        string exchange = Unique("exchange");
        await channel.ExchangeDeclareAsync(exchange, "fanout");
        foreach (string queue in queues)
            await channel.QueueBindAsync(queue, exchange, "");

        await channel.BasicPublishAsync(exchange, "ignored", body: "x"u8.ToArray());

        foreach (string queue in queues)
            Assert.NotNull(await channel.BasicGetAsync(queue, autoAck: true));
    }

    [Fact]
    public async Task A_headers_exchange_matches_any_or_all()
    {
        await using IChannel channel = await OpenAsync();
        string all = await DeclareAsync(channel);
        string any = await DeclareAsync(channel);
        string exchange = Unique("exchange");
        await channel.ExchangeDeclareAsync(exchange, "headers");
        await channel.QueueBindAsync(all, exchange, "",
            new Dictionary<string, object?> { ["x-match"] = "all", ["a"] = 1, ["b"] = "two" });
        await channel.QueueBindAsync(any, exchange, "",
            new Dictionary<string, object?> { ["x-match"] = "any", ["a"] = 1, ["b"] = "two" });

        await channel.BasicPublishAsync(exchange, "", mandatory: true,
            new BasicProperties { Headers = new Dictionary<string, object?> { ["a"] = 1 } }, "x"u8.ToArray());

        Assert.NotNull(await channel.BasicGetAsync(any, autoAck: true));
        Assert.Null(await channel.BasicGetAsync(all, autoAck: true));
    }

    [Fact]
    public async Task An_unbound_queue_gets_no_more()
    {
        await using IChannel channel = await OpenAsync();
        string queue = await DeclareAsync(channel);
        await channel.QueueBindAsync(queue, "amq.direct", queue);
        await channel.QueueUnbindAsync(queue, "amq.direct", queue);

        await channel.BasicPublishAsync("amq.direct", queue, body: "x"u8.ToArray());

        Assert.Null(await channel.BasicGetAsync(queue, autoAck: true));
    }

    [Fact]
    public async Task A_mandatory_message_without_a_queue_comes_back()
    {
        await using IChannel channel = await OpenAsync();
        var returned = new TaskCompletionSource<(ushort, string)>(TaskCreationOptions.RunContinuationsAsynchronously);
        channel.BasicReturnAsync += (_, message) =>
        {
            returned.SetResult((message.ReplyCode, message.ReplyText));
            return Task.CompletedTask;
        };

        var failure = await Assert.ThrowsAsync<PublishException>(
            async () => await PublishAsync(channel, Unique("nowhere"), "x"));

        Assert.True(failure.IsReturn);
        Assert.Equal(((ushort)312, "NO_ROUTE"), await returned.Task.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_queue_that_the_broker_names_is_the_connections_own()
    {
        await using IChannel channel = await OpenAsync();
        QueueDeclareOk queue = await channel.QueueDeclareAsync();
        Assert.StartsWith("amq.gen-", queue.QueueName, StringComparison.Ordinal);
        await PublishAsync(channel, queue.QueueName, "mine");
        Assert.NotNull(await channel.BasicGetAsync(queue.QueueName, autoAck: true));

        await using IConnection other = await ConnectAsync();
        await using IChannel stranger = await other.CreateChannelAsync();

        Assert.Equal(405, await RefusalAsync(() => stranger.QueueDeclarePassiveAsync(queue.QueueName)));
    }

    [Fact]
    public async Task An_exclusive_queue_goes_with_its_connection()
    {
        string queue = Unique("exclusive");
        IConnection owner = await ConnectAsync();
        IChannel owning = await owner.CreateChannelAsync();
        await owning.QueueDeclareAsync(queue, durable: false, exclusive: true, autoDelete: false);
        await owner.DisposeAsync();

        // Closing has been answered, but the deletion may still be on its way.
        using var patience = new CancellationTokenSource(Patience);
        int refusal;
        do
        {
            IChannel asking = await Connection.CreateChannelAsync(cancellationToken: patience.Token);
            refusal = await RefusalAsync(() => asking.QueueDeclarePassiveAsync(queue, patience.Token));
        }
        while (refusal == 405);

        Assert.Equal(404, refusal);
    }

    [Fact]
    public async Task An_auto_delete_queue_goes_with_its_last_consumer()
    {
        await using IChannel channel = await OpenAsync();
        string queue = Unique("auto-delete");
        await channel.QueueDeclareAsync(queue, durable: false, exclusive: false, autoDelete: true);
        (string tag, _) = await ConsumeAsync(channel, queue);
        await channel.BasicCancelAsync(tag);

        Assert.Equal(404, await RefusalAsync(() => channel.QueueDeclarePassiveAsync(queue)));
    }

    [Fact]
    public async Task A_queue_declared_again_with_other_arguments_is_refused()
    {
        await using IChannel channel = await OpenAsync();
        string queue = await DeclareAsync(channel);
        await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false);

        Assert.Equal(406, await RefusalAsync(() => channel.QueueDeclareAsync(
            queue, durable: true, exclusive: false, autoDelete: false,
            new Dictionary<string, object?> { ["x-message-ttl"] = 1_000 })));
    }

    [Fact]
    public async Task A_missing_queue_closes_the_channel_and_not_the_connection()
    {
        IChannel channel = await Connection.CreateChannelAsync();

        Assert.Equal(404, await RefusalAsync(() => channel.QueueDeclarePassiveAsync(Unique("missing"))));

        Assert.False(channel.IsOpen);
        Assert.True(Connection.IsOpen);
    }

    [Fact]
    public async Task Purge_and_delete_tell_how_many_messages_went()
    {
        await using IChannel channel = await OpenAsync();
        string queue = await DeclareAsync(channel);
        for (int i = 0; i < 3; i++)
            await PublishAsync(channel, queue, "x");
        Assert.Equal(3u, await channel.QueuePurgeAsync(queue));
        await PublishAsync(channel, queue, "x");

        Assert.Equal(1u, await channel.QueueDeleteAsync(queue));
    }

    [Fact]
    public async Task A_wrong_password_is_refused()
    {
        var factory = new ConnectionFactory { Uri = Broker.AmqpUri, Password = "wrong" };

        var failure = await Assert.ThrowsAsync<BrokerUnreachableException>(() => factory.CreateConnectionAsync());

        Assert.IsAssignableFrom<AuthenticationFailureException>(failure.InnerException);
    }

    private static async Task<int> RefusalAsync(Func<Task> call) =>
        (await Assert.ThrowsAsync<OperationInterruptedException>(call)).ShutdownReason!.ReplyCode;
}
