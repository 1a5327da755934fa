using Cmq.MultiProtocol.Interop.Durability.Clients;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Cmq.MultiProtocol.Interop.Durability.Workload;

/// <summary>Consumes one queue with manual acks. Some messages are returned once. Every now and then a round trip on
/// the channel makes sure of the acks before it.</summary>
internal sealed class AmqpDrain(Ledger ledger, int[] ports, int firstPort, string queue, CancellationToken stop)
{
    private const ushort Prefetch = 60;
    private const int CheckEvery = 40;

    public async Task RunAsync()
    {
        for (int attempt = firstPort; !stop.IsCancellationRequested; attempt++)
        {
            if (attempt > firstPort)
                ledger.Moved();
            try
            {
                await using IConnection connection = await AmqpClient.ConnectImpatientlyAsync(ports[attempt % ports.Length]);
                await ConsumeAsync(connection);
            }
            catch (Exception failure) when (Trouble.IsExpected(failure))
            {
                await Task.Delay(100, CancellationToken.None);
            }
        }
    }

    private async Task ConsumeAsync(IConnection connection)
    {
        await using IChannel channel = await connection.CreateChannelAsync();
        await channel.DeclareAsync(queue);
        await channel.BasicQosAsync(0, Prefetch, global: false);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        channel.ChannelShutdownAsync += (_, _) => over.CancelAsync();
        Dictionary<int, int> order = [];
        List<MessageKey> acked = [];
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += async (_, message) =>
        {
            // What still waits in a client whose channel is closed belongs to somebody else by now.
            if (channel.IsClosed)
                return;
            MessageKey? key = ledger.Delivered(queue, message.Body.Span, message.Redelivered, order);
            try
            {
                if (key is { } returned && !message.Redelivered && returned.Number % 53 == 5)
                {
                    await channel.BasicNackAsync(message.DeliveryTag, multiple: false, requeue: true);
                    return;
                }

                await channel.BasicAckAsync(message.DeliveryTag, multiple: false);
                if (key is { } settled)
                    acked.Add(settled);
                if (acked.Count < CheckEvery)
                    return;
                await channel.QueueDeclarePassiveAsync(queue);
                ledger.Settled(acked);
                acked.Clear();
            }
            catch (Exception failure) when (Trouble.IsExpected(failure))
            {
                await over.CancelAsync();
            }
        };
        await channel.BasicConsumeAsync(queue, autoAck: false, consumer);
        await Task.Delay(Timeout.Infinite, over.Token).ContinueWith(
            static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }
}
