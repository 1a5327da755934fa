using System.Diagnostics;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Storage;
using Microsoft.Win32.SafeHandles;

namespace Cmq.MultiProtocol.Benchmarks.Storage;

/// <summary>One producer that waits for each batch of 1 KB entries: the store, and a bare O_SYNC write of as
/// much.</summary>
internal static class CommitSpeed
{
    private const int EntryBytes = 1024;

    public static Speed Store(string root, int batch, int commits)
    {
        string directory = Path.Combine(root, "store");
        FasterLogStore store = FasterLogStore.Open(new LogStoreOptions { Directory = directory });
        using var durable = new SemaphoreSlim(0);
        byte[] payload = new byte[EntryBytes];
        Random.Shared.NextBytes(payload);
        var group = new GroupId(1);
        long index = 0;
        TimeSpan cpu = Process.GetCurrentProcess().TotalProcessorTime;
        long began = Stopwatch.GetTimestamp();
        for (int i = 0; i < commits; i++)
        {
            var entries = new Entry[batch];
            for (int e = 0; e < batch; e++)
                entries[e] = new Entry(++index, 1, EntryKind.Batch, payload);
            store.Append(new StoreWrite(group, null, entries, () => durable.Release()));
            durable.Wait();
        }

        TimeSpan elapsed = Stopwatch.GetElapsedTime(began);
        cpu = Process.GetCurrentProcess().TotalProcessorTime - cpu;
        store.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Directory.Delete(directory, recursive: true);
        return Speed.Of(commits, (long)commits * batch * EntryBytes, elapsed, cpu);
    }

    public static Speed Plain(string root, int batch, int commits)
    {
        string path = Path.Combine(root, "plain");
        using SafeFileHandle file = File.OpenHandle(
            path, FileMode.Create, FileAccess.Write, FileShare.None, FileOptions.WriteThrough);
        byte[] bytes = new byte[batch * EntryBytes];
        Random.Shared.NextBytes(bytes);
        TimeSpan cpu = Process.GetCurrentProcess().TotalProcessorTime;
        long began = Stopwatch.GetTimestamp();
        for (int i = 0; i < commits; i++)
            RandomAccess.Write(file, bytes, (long)i * bytes.Length);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(began);
        cpu = Process.GetCurrentProcess().TotalProcessorTime - cpu;
        File.Delete(path);
        return Speed.Of(commits, (long)commits * bytes.Length, elapsed, cpu);
    }
}
