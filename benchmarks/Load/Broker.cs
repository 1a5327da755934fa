using RabbitMQ.Client;

namespace Cmq.MultiProtocol.Benchmarks.Load;

/// <summary>The brokers under load.</summary>
public static class Broker
{
    public static Task<IConnection> ConnectAsync(LoadOptions options, int number, CancellationToken cancellation)
    {
        var factory = new ConnectionFactory
        {
            Uri = options.Uris[number % options.Uris.Count],
            AutomaticRecoveryEnabled = false,
            RequestedConnectionTimeout = TimeSpan.FromSeconds(60),
            ContinuationTimeout = TimeSpan.FromSeconds(60),
        };
        return factory.CreateConnectionAsync(cancellation);
    }

    public static async Task DeclareAsync(LoadOptions options, CancellationToken cancellation)
    {
        await using IConnection connection = await ConnectAsync(options, 0, cancellation);
        await using IChannel channel = await connection.CreateChannelAsync(cancellationToken: cancellation);
        for (int queue = 0; queue < options.Queues; queue++)
        {
            await channel.QueueDeclareAsync(
                options.QueueName(queue), options.Durable, exclusive: false, autoDelete: false,
                cancellationToken: cancellation);
        }
    }

    public static async Task DeleteAsync(LoadOptions options, CancellationToken cancellation)
    {
        await using IConnection connection = await ConnectAsync(options, 0, cancellation);
        await using IChannel channel = await connection.CreateChannelAsync(cancellationToken: cancellation);
        for (int queue = 0; queue < options.Queues; queue++)
            await channel.QueueDeleteAsync(options.QueueName(queue), cancellationToken: cancellation);
    }
}
