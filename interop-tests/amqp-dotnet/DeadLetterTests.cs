using RabbitMQ.Client;

namespace Cmq.MultiProtocol.Interop.AmqpDotnet;

public sealed class DeadLetterTests(BrokerFixture fixture) : AmqpTest(fixture)
{
    [Fact]
    public async Task A_rejected_message_goes_to_the_dead_letter_queue_with_its_story()
    {
        await using IChannel channel = await OpenAsync();
        (string queue, string dead) = await DeclarePairAsync(channel);
        await PublishAsync(channel, queue, "bad");
        BasicGetResult? message = await channel.BasicGetAsync(queue, autoAck: false);

        await channel.BasicRejectAsync(message!.DeliveryTag, requeue: false);

        AssertStory(await GetSoonAsync(channel, dead), "bad", queue, "rejected");
    }

    [Fact]
    public async Task An_expired_message_goes_to_the_dead_letter_queue()
    {
        await using IChannel channel = await OpenAsync();
        (string queue, string dead) = await DeclarePairAsync(channel);

        await PublishAsync(channel, queue, "late", new BasicProperties { Expiration = "100" });

        BasicGetResult message = await GetSoonAsync(channel, dead);
        AssertStory(message, "late", queue, "expired");
        Assert.False(message.BasicProperties.IsExpirationPresent());
    }

    [Fact]
    public async Task A_queues_own_time_to_live_counts_too()
    {
        await using IChannel channel = await OpenAsync();
        (string queue, string dead) = await DeclarePairAsync(channel, ("x-message-ttl", 100));

        await PublishAsync(channel, queue, "late");

        AssertStory(await GetSoonAsync(channel, dead), "late", queue, "expired");
    }

    [Fact]
    public async Task A_full_queue_drops_its_oldest_message_to_the_dead_letter_queue()
    {
        await using IChannel channel = await OpenAsync();
        (string queue, string dead) = await DeclarePairAsync(channel, ("x-max-length", 2));
        foreach (string body in new[] { "one", "two", "three" })
            await PublishAsync(channel, queue, body);

        AssertStory(await GetSoonAsync(channel, dead), "one", queue, "maxlen");
        Assert.Equal(2u, await channel.MessageCountAsync(queue));
    }

    private static async Task<(string Queue, string Dead)> DeclarePairAsync(
        IChannel channel, params (string Name, object Value)[] more)
    {
        string dead = await DeclareAsync(channel);
        var arguments = new Dictionary<string, object?>
        {
            ["x-dead-letter-exchange"] = "",
            ["x-dead-letter-routing-key"] = dead,
        };
        foreach ((string name, object value) in more)
            arguments[name] = value;
        return (await DeclareAsync(channel, arguments), dead);
    }

    private static void AssertStory(BasicGetResult message, string body, string queue, string reason)
    {
        Assert.Equal(body, System.Text.Encoding.UTF8.GetString(message.Body.Span));
        var deaths = Assert.IsType<List<object>>(message.BasicProperties.Headers!["x-death"]);
        var death = Assert.IsType<Dictionary<string, object>>(Assert.Single(deaths));
        Assert.Equal(queue, Text(death["queue"]));
        Assert.Equal(reason, Text(death["reason"]));
        Assert.Equal(1L, death["count"]);
        Assert.Equal("", Text(death["exchange"]));
        Assert.Equal([queue], Assert.IsType<List<object>>(death["routing-keys"]).Select(Text));
    }

    private static string Text(object value) => System.Text.Encoding.UTF8.GetString((byte[])value);
}
