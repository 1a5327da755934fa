using RabbitMQ.Client;

namespace Cmq.MultiProtocol.Interop.AmqpDotnet;

/// <summary>What was confirmed is on disk.</summary>
public sealed class RestartTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Confirmed_messages_and_topology_survive(bool kill)
    {
        await using BrokerProcess broker = await BrokerProcess.StartAsync();
        var factory = new ConnectionFactory { Uri = broker.AmqpUri, AutomaticRecoveryEnabled = false };
        IConnection before = await factory.CreateConnectionAsync();
        IChannel publishing = await before.CreateChannelAsync(new CreateChannelOptions(
            publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        await publishing.ExchangeDeclareAsync("events", "topic", durable: true);
        await publishing.QueueDeclareAsync("orders", durable: true, exclusive: false, autoDelete: false);
        await publishing.QueueBindAsync("orders", "events", "order.#");
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => publishing.BasicPublishAsync(
            "events", "order.new", mandatory: true, new BasicProperties { Persistent = true },
            System.Text.Encoding.UTF8.GetBytes($"m{i}")).AsTask()));

        if (kill)
            await broker.KillAsync();
        else
            await broker.StopAsync();
        await before.DisposeAsync();
        await broker.RestartAsync();

        await using IConnection after = await factory.CreateConnectionAsync();
        await using IChannel consuming = await after.CreateChannelAsync();
        for (int i = 0; i < 200; i++)
        {
            BasicGetResult? message = await consuming.BasicGetAsync("orders", autoAck: true);
            Assert.Equal($"m{i}", System.Text.Encoding.UTF8.GetString(message!.Body.Span));
        }

        Assert.Null(await consuming.BasicGetAsync("orders", autoAck: true));
    }
}
