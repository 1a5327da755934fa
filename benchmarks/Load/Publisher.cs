using System.Diagnostics;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Cmq.MultiProtocol.Benchmarks.Load;

/// <summary>One connection that publishes with confirms and a window. Its confirms are counted by itself: the
/// client's own tracking costs a task a message, which would measure the client.</summary>
public sealed class Publisher : IAsyncDisposable
{
    private readonly IConnection _connection;
    private readonly IChannel _channel;
    private readonly LoadOptions _options;
    private readonly Ledger _ledger;
    private readonly Latencies _latencies;
    private readonly int _number;
    private readonly SemaphoreSlim _window;
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, long> _open = [];
    private readonly CachedString[] _queues;
    private readonly byte[] _body;
    private ulong _nextTag = 1;
    private ulong _firstOpen = 1;

    private Publisher(
        int number, IConnection connection, IChannel channel, LoadOptions options, Ledger ledger, Latencies latencies)
    {
        (_number, _connection, _channel, _options) = (number, connection, channel, options);
        (_ledger, _latencies) = (ledger, latencies);
        _window = new SemaphoreSlim(options.Window);
        _queues = [.. Enumerable.Range(0, options.Queues).Select(queue => new CachedString(options.QueueName(queue)))];
        _body = new byte[options.SizeBytes];
        new Random(number).NextBytes(_body);
        channel.BasicAcksAsync += OnAcks;
        channel.BasicNacksAsync += OnNacks;
    }

    public long Sent { get; private set; }

    public static async Task<Publisher> OpenAsync(
        int number, LoadOptions options, Ledger ledger, Latencies latencies, CancellationToken cancellation)
    {
        IConnection connection = await Broker.ConnectAsync(options, number, cancellation);
        IChannel channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false),
            cancellation);
        return new Publisher(number, connection, channel, options, ledger, latencies);
    }

    /// <summary>Publishes until <paramref name="stop"/> or <paramref name="count"/>, then awaits all confirms.</summary>
    public async Task RunAsync(long count, CancellationToken stop)
    {
        var properties = new BasicProperties { Persistent = _options.Durable };
        while (count-- > 0 && !stop.IsCancellationRequested)
        {
            if (!_window.Wait(0, CancellationToken.None))
                await _window.WaitAsync(CancellationToken.None);
            new MessageBody(_ledger.Run, _number, Sent).Write(_body);
            lock (_lock)
                _open.Add(_nextTag++, Stopwatch.GetTimestamp());
            await _channel.BasicPublishAsync(
                CachedString.Empty, _queues[(int)((_number + Sent) % _queues.Length)],
                mandatory: false, properties, _body, CancellationToken.None);
            Sent++;
        }

        for (int i = 0; i < _options.Window; i++)
            await _window.WaitAsync(CancellationToken.None);
        _window.Release(_options.Window);
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.CloseAsync();
        await _connection.DisposeAsync();
        _window.Dispose();
    }

    private Task OnAcks(object sender, BasicAckEventArgs acks) => Settled(acks.DeliveryTag, acks.Multiple, true);

    private Task OnNacks(object sender, BasicNackEventArgs nacks) => Settled(nacks.DeliveryTag, nacks.Multiple, false);

    private Task Settled(ulong tag, bool multiple, bool stored)
    {
        int count = 0;
        lock (_lock)
        {
            for (ulong settled = multiple ? _firstOpen : tag; settled <= tag; settled++)
            {
                if (!_open.Remove(settled, out long sentAt))
                    continue;
                count++;
                if (stored)
                {
                    _latencies.Add(sentAt);
                    _ledger.Confirmed(_number, (long)settled - 1, 1);
                }
            }

            while (_firstOpen < _nextTag && !_open.ContainsKey(_firstOpen))
                _firstOpen++;
        }

        if (!stored)
            _ledger.Refused(count);
        if (count > 0)
            _window.Release(count);
        return Task.CompletedTask;
    }
}
