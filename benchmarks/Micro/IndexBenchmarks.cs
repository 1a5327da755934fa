using BenchmarkDotNet.Attributes;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Queues;
using Cmq.MultiProtocol.Core.Storage;

namespace Cmq.MultiProtocol.Benchmarks.Micro;

/// <summary>A queue's rows, 16 blocks of them; per message. What leaves the memory goes to files of the real
/// store.</summary>
public class IndexBenchmarks
{
    private const int Rows = 16 * RowBlock.Capacity;
    private const long NowMs = 1_000_000;

    /// <summary>Rows that one log entry has.</summary>
    private const int PerEntry = 64;

    private static readonly GroupId Group = new(1);

    private static readonly NewQueue Definition =
        new(new QueueId(7), new NamespaceId(1), "orders", true, false, null, new QueueSettings());

    private string _directory = "";
    private FasterLogStore _store = null!;
    private LiveEntries _live = null!;
    private QueueState _queue = null!;
    private long _next;

    /// <summary>Cached rows; 0: all stay in memory.</summary>
    [Params(0, 4 * RowBlock.Capacity * Row.Bytes)]
    public long CacheBytes { get; set; }

    [GlobalSetup]
    public void Open()
    {
        _directory = Directory.CreateTempSubdirectory("cmq-micro-").FullName;
        _store = FasterLogStore.Open(new LogStoreOptions { Directory = _directory });
        _live = new LiveEntries(countBytes: false);
        RowCache? cache = CacheBytes == 0 ? null : new RowCache(_store.Blocks(Group), CacheBytes);
        _queue = new QueueState(Definition, _live, cache, new SpareRows(), RowBlock.Capacity);
        _next = 0;
        AddAll();
    }

    [GlobalCleanup]
    public void Close()
    {
        _store.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>All ready messages are looked at once, as by a reader of a partition; in a cache that is too small each
    /// block is read again.</summary>
    [Benchmark(OperationsPerInvoke = Rows)]
    public long Iterate()
    {
        long sum = 0;
        for (long sequence = _queue.FirstUnsettled; sequence < _queue.NextSequence;
            sequence = _queue.NextUnsettled(sequence + 1))
        {
            sum += _queue.Read(sequence).Row.Index;
        }

        return sum;
    }

    /// <summary>As many are taken from the front as are added at the end.</summary>
    [Benchmark(OperationsPerInvoke = Rows)]
    public long TakeAndAdd()
    {
        long sum = 0;
        for (int i = 0; i < Rows; i++)
        {
            long first = _queue.FirstUnsettled;
            sum += _queue.Read(first).Row.Index;
            _queue.Settle(first, dropped: false);
            Add();
        }

        return sum;
    }

    private void AddAll()
    {
        for (int i = 0; i < Rows; i++)
            Add();
    }

    private void Add()
    {
        long index = 1 + (_next / PerEntry);
        _live.Add(index);
        _queue.Append(new UnitRef(index, (int)(_next % PerEntry)), NowMs, ttlMs: -1, bodyBytes: 1024);
        _next++;
    }
}
