using System.Buffers;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Storage;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Storage;

/// <summary>A temporary directory and the few verbs that the tests of the store are written in.</summary>
public abstract class StoreTest : IDisposable
{
    protected static readonly GroupId One = new(1);
    protected static readonly GroupId Two = new(2);
    protected static readonly GroupMembers Members = new([new NodeId(1), new NodeId(2)], [new NodeId(3)]);

    protected TemporaryDirectory Disk { get; } = new();

    /// <summary>64 KiB segments of 8 KiB pages: a few entries of 1 KiB fill one.</summary>
    protected LogStoreOptions Small => new()
    {
        Directory = Disk.Path,
        SegmentBits = 16,
        PageBits = 13,
        MemoryBits = 16,
    };

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
            Disk.Dispose();
    }

    protected FasterLogStore Open() => FasterLogStore.Open(Small);

    protected static Entry[] Entries(long first, int count, long term = 1, int bytes = 100) =>
        [.. Enumerable.Range(0, count).Select(i => EntryAt(first + i, term, bytes))];

    protected static Entry EntryAt(long index, long term, int bytes = 100)
    {
        byte[] payload = new byte[bytes];
        new Random(unchecked((int)(index * 31 + term))).NextBytes(payload);
        return new Entry(index, term, EntryKind.Batch, payload);
    }

    /// <summary>Appends and waits until it is durable, or throws what the store failed with.</summary>
    protected static void Store(ILogStore store, GroupId group, params Entry[] entries) =>
        Store(store, new StoreWrite(group, null, entries, null));

    protected static void Store(ILogStore store, StoreWrite write)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Fail(Exception e) => done.TrySetException(e);
        store.Failed += Fail;
        store.Append(write with { Completed = () => done.TrySetResult() });
        done.Task.GetAwaiter().GetResult();
        store.Failed -= Fail;
    }

    protected static void AssertEntries(ILogStore store, GroupId group, params Entry[] expected)
    {
        IReadOnlyList<Entry> read = store.Read(group, expected[0].Index, expected[^1].Index, int.MaxValue);
        Assert.Equal(expected.Length, read.Count);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i] with { Payload = default }, read[i] with { Payload = default });
            Assert.True(expected[i].Payload.Span.SequenceEqual(read[i].Payload.Span), $"payload of {expected[i].Index}");
        }
    }

    protected static ReadOnlySequence<byte> Bytes(int count, int seed = 1)
    {
        byte[] bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return new ReadOnlySequence<byte>(bytes);
    }

    protected static void FlipByte(string path, long offset)
    {
        using FileStream file = File.Open(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        file.Position = offset;
        int value = file.ReadByte();
        file.Position = offset;
        file.WriteByte((byte)(value ^ 0x40));
    }
}
