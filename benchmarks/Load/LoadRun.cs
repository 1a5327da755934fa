using System.Diagnostics;

namespace Cmq.MultiProtocol.Benchmarks.Load;

/// <summary>One run of the program: its phases, and what they printed.</summary>
public sealed class LoadRun(LoadOptions options, CancellationToken cancellation)
{
    private readonly Ledger _ledger = new(Random.Shared.NextInt64());
    private readonly Latencies _latencies = new();
    private readonly List<Publisher> _publishers = [];
    private readonly List<Consumer> _consumers = [];

    /// <returns><see langword="false"/> when a message is missing, came twice or was damaged.</returns>
    public async Task<bool> RunAsync()
    {
        var clock = Stopwatch.StartNew();
        await Broker.DeclareAsync(options, cancellation);
        Console.WriteLine($"declare       {options.Queues} queues in {clock.Elapsed.TotalSeconds:N2} s");
        if (options.Mode is LoadMode.Idle)
            return await IdleAsync();
        if (options.Mode is not LoadMode.Drain)
            await OpenPublishersAsync();
        switch (options.Mode)
        {
            case LoadMode.Fill:
                return await FillAsync();
            case LoadMode.Drain:
                await DrainAsync();
                return await EndAsync(options.Expect < 0 || _ledger.DistinctArrived == options.Expect);
            case LoadMode.Publish:
                await PublishAsync("publish");
                return await EndAsync(true);
            case LoadMode.All:
                await PublishAsync("publish");
                await DrainAsync();
                break;
        }

        if (_consumers.Count == 0)
            await OpenConsumersAsync();
        await PublishAsync("both");
        await QuietAsync();
        bool right = await EndAsync(_ledger.Missing() == 0);
        if (!options.Keep)
            await Broker.DeleteAsync(options, cancellation);
        return right;
    }

    private async Task PublishAsync(string phase)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task[] running = [.. _publishers.Select(publisher => Task.Run(() => publisher.RunAsync(long.MaxValue, stop.Token)))];
        await Task.WhenAny(Task.Delay(options.WarmUp, cancellation), Task.WhenAny(running));
        _latencies.Clear();
        (long confirms, long arrivals) = (_ledger.Confirms, _ledger.Arrivals);
        var clock = Stopwatch.StartNew();
        await Task.WhenAny(Task.Delay(options.Duration, cancellation), Task.WhenAny(running));
        double seconds = clock.Elapsed.TotalSeconds;
        (confirms, arrivals) = (_ledger.Confirms - confirms, _ledger.Arrivals - arrivals);
        Console.WriteLine(
            $"{phase,-12}  {confirms / seconds,9:N0} confirmed/s  {arrivals / seconds,9:N0} delivered/s  confirm ms "
            + $"p50 {_latencies.PercentileMs(50):N2}  p99 {_latencies.PercentileMs(99):N2}  "
            + $"max {_latencies.PercentileMs(100):N2}");
        await stop.CancelAsync();
        await Task.WhenAll(running);
    }

    private async Task<bool> FillAsync()
    {
        var clock = Stopwatch.StartNew();
        long share = options.Count / options.Publishers;
        await Task.WhenAll(_publishers.Select((publisher, number) => Task.Run(
            () => publisher.RunAsync(number == 0 ? options.Count - share * (options.Publishers - 1) : share, cancellation))));
        Console.WriteLine(
            $"fill          {_ledger.Confirms:N0} in {clock.Elapsed.TotalSeconds:N1} s, "
            + $"{_ledger.Confirms / clock.Elapsed.TotalSeconds:N0} confirmed/s");
        return await EndAsync(_ledger.Confirms == options.Count);
    }

    private async Task DrainAsync()
    {
        long before = _ledger.Arrivals;
        var clock = Stopwatch.StartNew();
        await OpenConsumersAsync();
        TimeSpan quiet = await QuietAsync();
        long count = _ledger.Arrivals - before;
        Console.WriteLine(
            $"consume       {count / (clock.Elapsed - quiet).TotalSeconds,9:N0} delivered/s  ({count:N0} messages)");
    }

    /// <returns>How long nothing had arrived when it ended.</returns>
    private async Task<TimeSpan> QuietAsync()
    {
        while (true)
        {
            TimeSpan quiet = _consumers.Min(consumer => consumer.SinceLastArrival);
            bool whole = options.Mode is not LoadMode.Drain && _ledger.DistinctArrived >= _ledger.Confirms;
            if (whole || quiet > options.Quiet)
                return quiet;
            await Task.Delay(50, cancellation);
        }
    }

    private async Task<bool> IdleAsync()
    {
        for (int i = 0; i < options.Count; i++)
            _consumers.Add(await Consumer.OpenAsync(i, options, _ledger, cancellation));
        Console.WriteLine($"idle          {options.Count:N0} connections open");
        await Task.Delay(options.Duration, cancellation);
        return await EndAsync(true);
    }

    private async Task<bool> EndAsync(bool right)
    {
        foreach (Publisher publisher in _publishers)
            await publisher.DisposeAsync();
        foreach (Consumer consumer in _consumers)
            await consumer.DisposeAsync();
        right &= _ledger.Duplicates == 0 && _ledger.Damaged == 0;
        string missing = options.Mode is LoadMode.All or LoadMode.Both ? $"missing {_ledger.Missing():N0}  " : "";
        Console.WriteLine(
            $"{(right ? "right" : "WRONG"),-12}  sent {_publishers.Sum(publisher => publisher.Sent):N0}  "
            + $"confirmed {_ledger.Confirms:N0}  refused {_ledger.Nacks:N0}  arrived {_ledger.DistinctArrived:N0}  {missing}"
            + $"twice {_ledger.Duplicates:N0}  redelivered {_ledger.Redelivered:N0}  damaged {_ledger.Damaged:N0}");
        return right;
    }

    private async Task OpenPublishersAsync()
    {
        for (int i = 0; i < options.Publishers; i++)
            _publishers.Add(await Publisher.OpenAsync(i, options, _ledger, _latencies, cancellation));
    }

    private async Task OpenConsumersAsync()
    {
        for (int i = 0; i < options.Consumers; i++)
            _consumers.Add(await Consumer.OpenAsync(i, options, _ledger, cancellation));
    }
}
