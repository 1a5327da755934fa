using System.Diagnostics;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Storage;

namespace Cmq.MultiProtocol.Benchmarks.Storage;

/// <summary>How long opening a store of 1 GiB takes, and reading from it.</summary>
internal static class ReopenSpeed
{
    private const int Entries = 1 << 20;

    public static void Run(string root)
    {
        var options = new LogStoreOptions { Directory = Path.Combine(root, "reopen") };
        var group = new GroupId(1);
        FasterLogStore store = FasterLogStore.Open(options);
        byte[] payload = new byte[1000];
        for (int i = 1; i <= Entries; i += 256)
        {
            long first = i;
            store.Append(new StoreWrite(group, null,
                [.. Enumerable.Range(0, 256).Select(e => new Entry(first + e, 1, EntryKind.Batch, payload))], null));
        }

        Close(store);
        for (int round = 0; round < 2; round++)
        {
            long began = Stopwatch.GetTimestamp();
            store = FasterLogStore.Open(options);
            Console.WriteLine($"reopen {store.DiskBytes >> 20} MiB, {store.Recovered[group].LastIndex} entries: "
                + $"{Stopwatch.GetElapsedTime(began).TotalMilliseconds:N0} ms");
            if (round == 1)
                ReadAll(store, group);
            Close(store);
        }
    }

    private static void ReadAll(FasterLogStore store, GroupId group)
    {
        long began = Stopwatch.GetTimestamp();
        for (long next = 1; next <= Entries;)
            next += store.Read(group, next, Entries, 1 << 20).Count;
        Console.WriteLine($"read all: {Entries / Stopwatch.GetElapsedTime(began).TotalSeconds:N0} entries/s");

        const int Singles = 100_000;
        began = Stopwatch.GetTimestamp();
        for (int i = 0; i < Singles; i++)
        {
            long index = 1 + Random.Shared.NextInt64(Entries);
            store.Read(group, index, index, 1);
        }

        Console.WriteLine($"read one: {Singles / Stopwatch.GetElapsedTime(began).TotalSeconds:N0} entries/s");
    }

    private static void Close(FasterLogStore store) => store.DisposeAsync().AsTask().GetAwaiter().GetResult();
}
