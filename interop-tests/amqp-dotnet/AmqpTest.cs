using System.Threading.Channels;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Cmq.MultiProtocol.Interop.AmqpDotnet;

/// <summary>One connection per test, to the class's broker, and the calls that every test repeats.</summary>
public abstract class AmqpTest(BrokerFixture fixture) : IClassFixture<BrokerFixture>, IAsyncLifetime
{
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static int _names;

    protected BrokerProcess Broker => fixture.Broker;

    protected IConnection Connection { get; private set; } = null!;

    public async Task InitializeAsync() => Connection = await ConnectAsync();

    public async Task DisposeAsync() => await Connection.DisposeAsync();

    /// <summary>A name that no other test of the run has.</summary>
    protected static string Unique(string prefix) => $"{prefix}-{Interlocked.Increment(ref _names)}";

    protected Task<IConnection> ConnectAsync() => new ConnectionFactory
    {
        Uri = Broker.AmqpUri,
        AutomaticRecoveryEnabled = false,
    }.CreateConnectionAsync();

    protected Task<IChannel> OpenAsync() => Connection.CreateChannelAsync(
        new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));

    protected static async Task<string> DeclareAsync(IChannel channel, Dictionary<string, object?>? arguments = null)
    {
        string name = Unique("queue");
        await channel.QueueDeclareAsync(name, durable: true, exclusive: false, autoDelete: false, arguments);
        return name;
    }

    protected static ValueTask PublishAsync(IChannel channel, string queue, string body, BasicProperties? properties = null) =>
        channel.BasicPublishAsync("", queue, mandatory: true, properties ?? new BasicProperties { Persistent = true },
            System.Text.Encoding.UTF8.GetBytes(body));

    /// <summary>A consumer whose deliveries are read from the returned channel; bodies are copied.</summary>
    protected static async Task<(string Tag, ChannelReader<Received> Deliveries)> ConsumeAsync(
        IChannel channel, string queue, bool autoAck = false)
    {
        var deliveries = Channel.CreateUnbounded<Received>();
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) => deliveries.Writer.WriteAsync(Received.From(delivery)).AsTask();
        // A cancellation by the broker ends the stream, so that a test sees it as its end.
        consumer.UnregisteredAsync += (_, _) =>
        {
            deliveries.Writer.TryComplete();
            return Task.CompletedTask;
        };
        string tag = await channel.BasicConsumeAsync(queue, autoAck, consumer);
        return (tag, deliveries.Reader);
    }

    protected static async Task<Received> NextAsync(ChannelReader<Received> deliveries)
    {
        using var patience = new CancellationTokenSource(Patience);
        return await deliveries.ReadAsync(patience.Token);
    }

    /// <summary>Gets until a message is there: for what the broker does in its own time.</summary>
    protected static async Task<BasicGetResult> GetSoonAsync(IChannel channel, string queue)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            if (await channel.BasicGetAsync(queue, autoAck: true, patience.Token) is { } message)
                return message;
            await Task.Delay(20, patience.Token);
        }
    }
}
