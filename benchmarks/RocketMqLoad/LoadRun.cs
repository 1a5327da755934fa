using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Benchmarks.Load;

namespace Cmq.MultiProtocol.Benchmarks.RocketMqLoad;

/// <summary>Makes a topic on every broker name, sends, and looks whether all is as it was answered.</summary>
internal sealed class LoadRun(LoadOptions options, CancellationToken cancellation)
{
    private readonly Latencies _latencies = new();
    private volatile bool _isMeasured;

    /// <returns>False: something is not as it must be.</returns>
    public async Task<bool> RunAsync()
    {
        SortedDictionary<string, string> brokers = await Administrator.BrokersAsync(options.NameServer, cancellation);
        var queues = new Dictionary<string, QueueLedger[]>();
        foreach ((string name, string address) in brokers)
        {
            using Administrator broker = await Administrator.ConnectAsync(address, cancellation);
            await broker.CreateTopicAsync(options.Topic, options.Queues, cancellation);
            queues[name] = [.. Enumerable.Range(0, options.Queues).Select(_ => new QueueLedger())];
        }
        await Console.Out.WriteLineAsync(
            $"topic {options.Topic}: {options.Queues} queues on each of {string.Join(", ", brokers.Keys)}");

        LoadConnection[] connections = [.. Enumerable.Range(0, options.Connections).Select(number =>
            new LoadConnection(number, options, queues[brokers.Keys.ElementAt(number % brokers.Count)]))];
        double seconds = await SendAsync(connections, [.. brokers.Values]);
        bool isRight = Report(connections, queues, seconds);
        foreach (LoadConnection connection in connections)
            connection.Dispose();
        return (!options.Read || await ReadBackAsync(brokers, queues)) && isRight;
    }

    /// <returns>Seconds measured.</returns>
    private async Task<double> SendAsync(LoadConnection[] connections, string[] addresses)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task[] running =
        [
            .. connections.Select((connection, number) => Task.Run(() => connection.RunAsync(
                addresses[number % addresses.Length], _latencies, () => _isMeasured, stop.Token))),
        ];
        await Task.WhenAny(Task.Delay(options.WarmUp, cancellation), Task.WhenAny(running));
        var clock = Stopwatch.StartNew();
        _isMeasured = true;
        await Task.WhenAny(Task.Delay(options.Duration, cancellation), Task.WhenAny(running));
        _isMeasured = false;
        double seconds = clock.Elapsed.TotalSeconds;
        await stop.CancelAsync();
        await Task.WhenAll(running);
        return seconds;
    }

    private bool Report(LoadConnection[] connections, Dictionary<string, QueueLedger[]> queues, double seconds)
    {
        long measured = connections.Sum(connection => connection.Measured);
        long oks = connections.Sum(connection => connection.SendOks);
        int unanswered = connections.Sum(connection => connection.Unanswered);
        long named = queues.Values.Sum(broker => broker.Sum(queue => queue.Count));
        bool isContiguous = queues.Values.All(broker => broker.All(queue => queue.IsContiguous));
        string refusals = string.Join(", ", connections.SelectMany(connection => connection.Refusals)
            .GroupBy(refusal => refusal.Key).Select(code => $"{code.Sum(one => one.Value)} with code {code.Key}"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{measured / seconds:N0} SEND_OK/s over {seconds:F1} s; p50 {_latencies.PercentileMs(50):F1} ms, "
            + $"p99 {_latencies.PercentileMs(99):F1} ms"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{oks:N0} SEND_OK in all, {unanswered} unanswered, refused: {(refusals.Length == 0 ? "none" : refusals)}; "
            + $"offsets {(isContiguous ? "contiguous" : "NOT contiguous")}"));
        // An offset named twice is one; what was refused may be stored all the same, and leaves a hole here.
        return oks == named && unanswered == 0 && isContiguous && refusals.Length == 0;
    }

    /// <summary>Reads every queue from its beginning to its end.</summary>
    private async Task<bool> ReadBackAsync(
        SortedDictionary<string, string> brokers, Dictionary<string, QueueLedger[]> queues)
    {
        var seen = new HashSet<(int Connection, long Number)>();
        long read = 0, wrong = 0;
        var clock = Stopwatch.StartNew();
        foreach ((string name, string address) in brokers)
        {
            using Administrator broker = await Administrator.ConnectAsync(address, cancellation);
            for (int queue = 0; queue < options.Queues; queue++)
            {
                long next = 0;
                while (await broker.PullAsync(options.Topic, queue, next, cancellation) is { Count: > 0 } messages)
                {
                    foreach (RocketMqMessage message in messages)
                    {
                        bool isWhole = message.QueueOffset == next++ && message.Body.Length == options.SizeBytes
                            && seen.Add(SendFrame.MarkOf(message.Body.ToArray()));
                        wrong += isWhole ? 0 : 1;
                    }
                    read += messages.Count;
                }
                wrong += next == queues[name][queue].Count ? 0 : 1;
            }
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{read:N0} read back in {clock.Elapsed.TotalSeconds:F1} s: {(wrong == 0 ? "right" : $"{wrong} WRONG")}"));
        return wrong == 0;
    }
}
