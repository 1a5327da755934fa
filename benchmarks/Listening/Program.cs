// What publishing to listeners in memory costs on one node: no sockets, sinks that only count.
// dotnet run -c Release --project benchmarks/Listening
using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using Cmq.MultiProtocol.Benchmarks.Listening;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Cluster;
using Microsoft.Extensions.Logging.Abstractions;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
const int BodyBytes = 100;
TimeSpan span = TimeSpan.FromSeconds(3);

string directory = Directory.CreateTempSubdirectory("listening-").FullName;
try
{
    await using BrokerNode node = await BrokerNode.StartAsync(
        new NodeOptions { DataDirectory = directory, DataGroups = 2, SegmentBits = 24 },
        TimeProvider.System,
        NullLoggerFactory.Instance,
        CancellationToken.None);
    await node.WhenReadyAsync(CancellationToken.None);

    await MeasureMemoryAsync(node, 19_000);
    await MeasureAsync(node, "nobody listens to anything", null, 0, 1);
    await MeasureAsync(node, "nobody listens to that key", "other.key", 1, 1);
    await MeasureAsync(node, "1 -> 1, exact", "a.b", 1, 1);
    await MeasureAsync(node, "1 -> 1, wildcard", "a.*", 1, 1);
    await MeasureAsync(node, "1 -> 100, wildcard", "a.#", 100, 1);
    await MeasureAsync(node, "1 -> 100, exact", "a.b", 100, 1);
    await MeasureAsync(node, "2 publishers -> 100, exact", "a.b", 100, 2);
}
finally
{
    Directory.Delete(directory, recursive: true);
}

async Task MeasureMemoryAsync(BrokerNode node, int connections)
{
    var open = new IBrokerConnection[connections];
    for (int i = 0; i < connections; i++)
        open[i] = Connect(node, new CountingSink());
    TopicInfo topic = open[0].FindTopic("amq.topic")!;
    string[] patterns = [.. Enumerable.Range(0, connections).Select(i => $"devices.{i:000000}.commands")];
    long before = GC.GetTotalMemory(forceFullCollection: true);
    var watch = Stopwatch.StartNew();
    for (int i = 0; i < connections; i++)
    {
        await open[i].Subscriptions.SubscribeAsync(
            topic.Id, patterns[i], new SubscriptionOptions(null, TransientOnly: false), CancellationToken.None);
    }

    double seconds = watch.Elapsed.TotalSeconds;
    long bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
    Console.WriteLine($"{connections:N0} connections, one exact filter each: {bytes / connections} bytes a filter, "
        + $"{connections / seconds:N0} filters/s");
    foreach (IBrokerConnection connection in open)
        await connection.DisposeAsync();
    GC.KeepAlive(patterns);
}

async Task MeasureAsync(BrokerNode node, string name, string? pattern, int listeners, int publishers)
{
    List<IBrokerConnection> open = [];
    List<CountingSink> sinks = [];
    for (int i = 0; i < listeners; i++)
    {
        sinks.Add(new CountingSink());
        IBrokerConnection listener = Connect(node, sinks[i]);
        open.Add(listener);
        await listener.Subscriptions.SubscribeAsync(
            listener.FindTopic("amq.topic")!.Id,
            pattern!,
            new SubscriptionOptions(null, TransientOnly: false),
            CancellationToken.None);
    }

    long published = 0;
    long allocated = GC.GetTotalAllocatedBytes(precise: true);
    TimeSpan cpu = Environment.CpuUsage.TotalTime;
    var watch = Stopwatch.StartNew();
    await Task.WhenAll(Enumerable.Range(0, publishers).Select(_ => Task.Run(() =>
        Interlocked.Add(ref published, Publish(node, watch)))));
    // Of processor time: the machine may have other things to do.
    double seconds = (Environment.CpuUsage.TotalTime - cpu).TotalSeconds;
    allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
    long heard = sinks.Sum(sink => sink.HeardCount);
    Console.WriteLine($"{name,-28} {published / seconds,12:N0} publishes and {heard / seconds,12:N0} deliveries per "
        + $"second of one core, {allocated / published,4} bytes allocated a publish");
    foreach (IBrokerConnection connection in open)
        await connection.DisposeAsync();
}

long Publish(BrokerNode node, Stopwatch watch)
{
    IBrokerConnection publisher = Connect(node, new CountingSink());
    var publication = new Publication
    {
        Topic = publisher.FindTopic("amq.topic")!,
        RoutingKey = "a.b",
        Format = PropertyFormat.None,
        Properties = default,
        Body = new ReadOnlySequence<byte>(new byte[BodyBytes]),
    };
    long count = 0;
    for (; watch.Elapsed < span; count += 100)
    {
        for (int i = 0; i < 100; i++)
            publisher.Publish(publication, 1);
    }

    return count;
}

static IBrokerConnection Connect(BrokerNode node, CountingSink sink) => node.Broker.Connect(
    new ConnectionOptions(new Anyone(), node.Broker.FindNamespace("/")!.Value, "benchmark", "benchmark", sink));
