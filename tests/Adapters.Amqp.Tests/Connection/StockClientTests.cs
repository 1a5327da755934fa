using System.Net;
using Cmq.MultiProtocol.Adapters.Amqp.Connection;
using Cmq.MultiProtocol.Adapters.Amqp.Tests.Fakes;
using Cmq.MultiProtocol.Core.Broker;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Cmq.MultiProtocol.Adapters.Amqp.Tests.Connection;

/// <summary>RabbitMQ.Client 7.1.2 against the handler in Kestrel, as the host wires it, with the core
/// faked.</summary>
public sealed class StockClientTests
{
    [Fact]
    public async Task RabbitMQ_Client_publishes_with_confirms_and_consumes()
    {
        var broker = new FakeBroker();
        await using WebApplication server = Serve(broker);
        await server.StartAsync();
        string address = server.Services.GetRequiredService<IServer>().Features
            .Get<IServerAddressesFeature>()!.Addresses.Single();
        var factory = new ConnectionFactory { HostName = "127.0.0.1", Port = new Uri(address).Port };

        await using IConnection connection = await factory.CreateConnectionAsync();
        await using IChannel channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true));
        string queue = (await channel.QueueDeclareAsync()).QueueName;
        var got = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        var consumer = new AsyncEventingBasicConsumer(channel);
        int left = 100;
        consumer.ReceivedAsync += async (_, delivery) =>
        {
            byte[] body = delivery.Body.ToArray();
            await channel.BasicAckAsync(delivery.DeliveryTag, false);
            if (--left == 0)
                got.SetResult(body);
        };
        await channel.BasicConsumeAsync(queue, autoAck: false, consumer);
        byte[] large = new byte[500_000];
        for (int i = 0; i < 99; i++)
            await channel.BasicPublishAsync("", queue, new byte[] { (byte)i });
        await channel.BasicPublishAsync("", queue, large);

        Assert.Equal(large, await got.Task.WaitAsync(TimeSpan.FromSeconds(30)));
        await Assert.ThrowsAnyAsync<Exception>(() => channel.QueueDeclarePassiveAsync("nowhere"));
        await connection.CloseAsync();
        Assert.All(broker.Connections, open => Assert.Equal("AMQP 0-9-1", open.Options.Protocol));
    }

    private static WebApplication Serve(FakeBroker broker)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IBroker>(broker).AddSingleton(new AmqpOptions()).AddSingleton(TimeProvider.System);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, 0, listen => listen.UseConnectionHandler<AmqpConnection>()));
        return builder.Build();
    }
}
