using System.Diagnostics;
using RabbitMQ.Client;

namespace Cmq.MultiProtocol.Benchmarks.Load;

/// <summary>One connection that consumes its share of the queues and acknowledges in groups.</summary>
public sealed class Consumer : AsyncDefaultBasicConsumer, IAsyncDisposable
{
    private readonly IConnection _connection;
    private readonly LoadOptions _options;
    private readonly Ledger _ledger;
    private ulong _lastTag;
    private int _unacknowledged;
    private long _lastArrival = Stopwatch.GetTimestamp();

    private Consumer(IConnection connection, IChannel channel, LoadOptions options, Ledger ledger) : base(channel) =>
        (_connection, _options, _ledger) = (connection, options, ledger);

    public TimeSpan SinceLastArrival => Stopwatch.GetElapsedTime(Interlocked.Read(ref _lastArrival));

    public static async Task<Consumer> OpenAsync(
        int number, LoadOptions options, Ledger ledger, CancellationToken cancellation)
    {
        IConnection connection = await Broker.ConnectAsync(options, number, cancellation);
        IChannel channel = await connection.CreateChannelAsync(cancellationToken: cancellation);
        await channel.BasicQosAsync(0, options.Prefetch, global: true, cancellation);
        var consumer = new Consumer(connection, channel, options, ledger);
        if (options.Consumers >= options.Queues)
            await consumer.ConsumeAsync(number % options.Queues, cancellation);
        for (int queue = number; options.Consumers < options.Queues && queue < options.Queues; queue += options.Consumers)
            await consumer.ConsumeAsync(queue, cancellation);
        return consumer;
    }

    public override async Task HandleBasicDeliverAsync(
        string consumerTag, ulong deliveryTag, bool redelivered, string exchange, string routingKey,
        IReadOnlyBasicProperties properties, ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default)
    {
        _ledger.Arrived(body.Span, redelivered);
        Interlocked.Exchange(ref _lastArrival, Stopwatch.GetTimestamp());
        _lastTag = deliveryTag;
        if (++_unacknowledged < _options.AckEvery)
            return;
        _unacknowledged = 0;
        await Channel.BasicAckAsync(deliveryTag, multiple: true, cancellationToken);
    }

    /// <summary>Acknowledges the rest and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_unacknowledged > 0)
            await Channel.BasicAckAsync(_lastTag, multiple: true);

        // Closing the channel waits for an answer, and so for the acknowledgement before it.
        await Channel.CloseAsync();
        await _connection.CloseAsync();
        await _connection.DisposeAsync();
    }

    private Task<string> ConsumeAsync(int queue, CancellationToken cancellation) =>
        Channel.BasicConsumeAsync(
            _options.QueueName(queue), autoAck: false, consumerTag: "", noLocal: false, exclusive: false,
            arguments: null, this, cancellation);
}
