using BenchmarkDotNet.Attributes;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Storage;

namespace Cmq.MultiProtocol.Benchmarks.Micro;

/// <summary>Appending to the real store on a real disk until it is durable: one producer that waits each time, the worst
/// case. Nothing is given back before the end: a run may take some GB of the temporary folder.</summary>
public class LogAppendBenchmarks : IDisposable
{
    private const int EntryBytes = 1024;

    private static readonly GroupId Group = new(1);

    private readonly SemaphoreSlim _durable = new(0);
    private readonly byte[] _payload = new byte[EntryBytes];
    private string _directory = "";
    private FasterLogStore _store = null!;
    private Action _completed = null!;
    private Entry[] _entries = [];
    private long _index;

    /// <summary>Entries of 1 KB in one write.</summary>
    [Params(1, 64)]
    public int Batch { get; set; }

    [GlobalSetup]
    public void Open()
    {
        _directory = Directory.CreateTempSubdirectory("cmq-micro-").FullName;
        _store = FasterLogStore.Open(new LogStoreOptions { Directory = _directory });
        _completed = () => _durable.Release();
        _entries = new Entry[Batch];
        _index = 0;
        new Random(1).NextBytes(_payload);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _store.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _durable.Dispose();
        Directory.Delete(_directory, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public void AppendUntilDurable()
    {
        for (int i = 0; i < _entries.Length; i++)
            _entries[i] = new Entry(++_index, 1, EntryKind.Batch, _payload);
        _store.Append(new StoreWrite(Group, null, _entries, _completed));
        _durable.Wait();
    }
}
