using Cmq.MultiProtocol.Interop.Durability.Clients;
using RabbitMQ.Client;

namespace Cmq.MultiProtocol.Interop.Durability.Workload;

/// <summary>Publishes to its queues in turn, half of it persistent, with a window of unconfirmed messages; when its
/// connection breaks it goes on with new messages through the next node.</summary>
/// <param name="perSecond">Messages per second at most; null = as many as go.</param>
internal sealed class AmqpPublisher(
    Ledger ledger, int[] ports, int firstPort, string[] queues, int? perSecond, CancellationToken stop)
{
    private const int Window = 48;
    private const int PausesPerSecond = 20;

    public async Task RunAsync()
    {
        for (int attempt = firstPort; !stop.IsCancellationRequested; attempt++)
        {
            if (attempt > firstPort)
                ledger.Moved();
            try
            {
                await using IConnection connection = await AmqpClient.ConnectImpatientlyAsync(ports[attempt % ports.Length]);
                await PublishAsync(connection);
            }
            catch (Exception failure) when (Trouble.IsExpected(failure))
            {
                await Task.Delay(100, CancellationToken.None);
            }
        }
    }

    private async Task PublishAsync(IConnection connection)
    {
        await using IChannel channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, false));
        foreach (string queue in queues)
            await channel.DeclareAsync(queue);
        using var room = new SemaphoreSlim(Window);
        using var broken = CancellationTokenSource.CreateLinkedTokenSource(CancellationToken.None);
        var open = new SortedDictionary<ulong, MessageKey>();
        int stream = ledger.NextStream();
        channel.BasicAcksAsync += (_, ack) => Answered(ack.DeliveryTag, ack.Multiple, confirmed: true);
        channel.BasicNacksAsync += (_, nack) => Answered(nack.DeliveryTag, nack.Multiple, confirmed: false);
        channel.BasicReturnAsync += (_, returned) =>
        {
            ledger.Violation($"returned from {returned.RoutingKey}: {returned.ReplyText}");
            return Task.CompletedTask;
        };
        channel.ChannelShutdownAsync += (_, _) => broken.CancelAsync();

        int number = 0;
        ulong tag = 0;
        while (!stop.IsCancellationRequested)
        {
            await room.WaitAsync(broken.Token);
            if (perSecond is { } rate && number % Math.Max(1, rate / PausesPerSecond) == 0)
                await Task.Delay(1000 / PausesPerSecond, CancellationToken.None);
            var key = new MessageKey(stream, number);
            string queue = queues[number % queues.Length];
            ledger.Sent(queue, key);
            lock (open)
                open.Add(++tag, key);
            await channel.BasicPublishAsync(
                "", queue, mandatory: true, new BasicProperties { Persistent = number++ % 4 < 2 },
                MessageBody.Make(key, text: false), broken.Token);
        }

        // Only what comes within reason: at the end of a test the broker is well.
        for (int i = 0; i < Window; i++)
            await room.WaitAsync(broken.Token).WaitAsync(Patience.Long, CancellationToken.None);

        Task Answered(ulong upTo, bool multiple, bool confirmed)
        {
            List<MessageKey> answered = [];
            lock (open)
            {
                foreach ((ulong one, MessageKey key) in open)
                {
                    if (one == upTo || (multiple && one < upTo))
                        answered.Add(key);
                }

                foreach (ulong one in open.Keys.Where(one => one == upTo || (multiple && one < upTo)).ToList())
                    open.Remove(one);
            }

            foreach (MessageKey key in answered)
            {
                if (confirmed)
                    ledger.Confirmed(key);
                else
                    ledger.Refused();
            }

            if (answered.Count > 0)
                room.Release(answered.Count);
            else
                ledger.Violation($"confirm of {upTo}, which was not open");
            return Task.CompletedTask;
        }
    }
}
