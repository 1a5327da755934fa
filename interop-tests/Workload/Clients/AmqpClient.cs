using RabbitMQ.Client;

namespace Cmq.MultiProtocol.Interop.Durability.Clients;

/// <summary>Connections of the stock .NET client, without its own recovery: the tests decide when to come back.</summary>
internal static class AmqpClient
{
    public static Task<IConnection> ConnectAsync(BrokerProcess broker) => ConnectAsync(broker.AmqpPort);

    /// <summary>For a load that goes to the next node when one says nothing: a client finds out by its own heartbeat that a
    /// node is frozen, after a multiple of it.</summary>
    public static Task<IConnection> ConnectImpatientlyAsync(int port) => ConnectAsync(port, heartbeatSeconds: 4);

    public static async Task<IConnection> ConnectAsync(int port, int heartbeatSeconds = 10)
    {
        var factory = new ConnectionFactory
        {
            HostName = "127.0.0.1",
            Port = port,
            AutomaticRecoveryEnabled = false,
            TopologyRecoveryEnabled = false,
            RequestedConnectionTimeout = TimeSpan.FromSeconds(5),
            HandshakeContinuationTimeout = TimeSpan.FromSeconds(Math.Min(10, 2 * heartbeatSeconds)),
            ContinuationTimeout = TimeSpan.FromSeconds(40),
            RequestedHeartbeat = TimeSpan.FromSeconds(heartbeatSeconds),
        };
        IConnection connection = await factory.CreateConnectionAsync();
        try
        {
            // RabbitMQ.Client 7.1.2 does not wait for open-ok: a connection that is turned away looks open at first.
            await using IChannel channel = await connection.CreateChannelAsync();
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>A channel whose publishes complete with their confirm.</summary>
    public static Task<IChannel> ConfirmingAsync(this IConnection connection) =>
        connection.CreateChannelAsync(new CreateChannelOptions(true, true));

    public static Task<QueueDeclareOk> DeclareAsync(
        this IChannel channel, string queue, IDictionary<string, object?>? arguments = null) =>
        channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, arguments);

    /// <summary>Publishes one message to a queue and waits for its confirm.</summary>
    public static async Task SendAsync(this IChannel channel, string queue, byte[] body, BasicProperties? properties = null)
    {
        await channel.BasicPublishAsync(
            "", queue, mandatory: true, properties ?? new BasicProperties { Persistent = true }, body)
            .AsTask().WaitAsync(Patience.Long);
    }
}
