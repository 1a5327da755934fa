using System.Diagnostics;

namespace Cmq.MultiProtocol.Benchmarks.MqttLoad;

/// <summary>One publisher, some subscribers of its topic, for every quality and number of subscribers asked for. A
/// message is sent only when an earlier one has arrived everywhere, so that no broker has to drop what it cannot hold.
/// </summary>
public sealed class FlowRun(LoadOptions options, CancellationToken cancellation)
{
    /// <summary>What has not arrived by then is missing.</summary>
    private static readonly TimeSpan LastArrival = TimeSpan.FromSeconds(10);

    /// <returns>False when QoS 1 lost or repeated a message.</returns>
    public async Task<bool> RunAsync()
    {
        bool isRight = true;
        Console.WriteLine("QoS  subscribers  published/s  delivered/s  us processor/delivery  missing  repeated");
        foreach (int qos in options.Qualities)
        {
            foreach (int subscribers in options.Subscribers)
                isRight &= await RunAsync(qos, subscribers);
        }

        Console.WriteLine(isRight ? "right" : "WRONG");
        return isRight;
    }

    private async Task<bool> RunAsync(int qos, int count)
    {
        long run = Random.Shared.NextInt64();
        string topic = $"load/{run:x}";
        using var progress = new Progress();
        List<RawClient> clients = [];
        try
        {
            var subscribers = new Subscriber[count];
            for (int i = 0; i < count; i++)
            {
                clients.Add(await ConnectAsync($"load-{run:x}-{i}"));
                await clients[i].SubscribeAsync(topic, qos, cancellation);
                subscribers[i] = new Subscriber(clients[i], run, progress);
            }

            clients.Add(await ConnectAsync($"load-{run:x}"));
            var publisher = new Publisher(
                clients[^1], qos, topic, run, options, progress, () => subscribers.Min(one => one.Next));
            return await RunAsync(qos, publisher, subscribers, progress);
        }
        finally
        {
            foreach (RawClient client in clients)
                client.Dispose();
        }
    }

    private Task<RawClient> ConnectAsync(string clientId) =>
        RawClient.ConnectAsync(options.Address, clientId, 0, null, cancellation);

    private async Task<bool> RunAsync(int qos, Publisher publisher, Subscriber[] subscribers, Progress progress)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task[] reading =
        [
            publisher.ReadAcksAsync(end.Token),
            .. subscribers.Select(one => Task.Run(() => one.RunAsync(end.Token))),
        ];
        Task publishing = Task.Factory.StartNew(
            () => publisher.Run(enough.Token), CancellationToken.None, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);

        // A failure of any of them ends the run at once.
        Task failed = Task.WhenAny([publishing, .. reading]).Unwrap();
        await Task.WhenAny(failed, Task.Delay(options.WarmUp, cancellation));
        Sample before = Sample.Take(options.Pid, publisher, subscribers);
        await Task.WhenAny(failed, Task.Delay(options.Duration, cancellation));
        Sample after = Sample.Take(options.Pid, publisher, subscribers);
        if (failed.IsCompleted)
            await failed;
        await enough.CancelAsync();
        progress.Made();
        await publishing;
        await LastAsync(qos, publisher, subscribers);
        await end.CancelAsync();
        await EndedAsync(reading, end.Token);

        long missing = subscribers.Sum(one => one.Missing + (publisher.Sent - one.Next));
        long repeated = subscribers.Sum(one => one.Repeated);
        double seconds = Stopwatch.GetElapsedTime(before.Time, after.Time).TotalSeconds;
        Console.WriteLine(
            $"{qos,3}  {subscribers.Length,11}  {(after.Sent - before.Sent) / seconds,11:N0}  "
            + $"{(after.Arrived - before.Arrived) / seconds,11:N0}  "
            + $"{(after.Processor - before.Processor) * 1e6 / (after.Arrived - before.Arrived),21:N2}  "
            + $"{missing,7:N0}  {repeated,8:N0}");
        return qos == 0 || (missing == 0 && repeated == 0);
    }

    private static async Task EndedAsync(Task[] reading, CancellationToken told)
    {
        try
        {
            await Task.WhenAll(reading);
        }
        catch (OperationCanceledException) when (told.IsCancellationRequested)
        {
            // As they were told to; whatever else went wrong comes out.
        }
    }

    /// <summary>Waits for what is under way.</summary>
    private async Task LastAsync(int qos, Publisher publisher, Subscriber[] subscribers)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < LastArrival
            && (subscribers.Any(one => one.Next < publisher.Sent) || (qos > 0 && publisher.Acked < publisher.Sent)))
        {
            await Task.Delay(20, cancellation);
        }
    }

    /// <param name="Time">Of the stopwatch.</param>
    /// <param name="Processor">Of the broker, in seconds; null when its process is not known.</param>
    private sealed record Sample(long Time, long Sent, long Arrived, double? Processor)
    {
        public static Sample Take(int? pid, Publisher publisher, Subscriber[] subscribers) => new(
            Stopwatch.GetTimestamp(),
            publisher.Sent,
            subscribers.Sum(one => one.Arrived),
            pid is { } process ? BrokerFigures.ProcessorSeconds(process) : null);
    }
}
