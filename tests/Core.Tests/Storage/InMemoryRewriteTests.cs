using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Storage;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Storage;

/// <summary>The twin has every entry rewritten once after it came under a snapshot.</summary>
public sealed class InMemoryRewriteTests : StoreTest
{
    private readonly InMemoryDisk _disk = new(Guid.Parse("6a2c1f0e-0000-4000-8000-000000000003"));

    private InMemoryLogStore OpenWithSnapshot()
    {
        var store = new InMemoryLogStore(_disk);
        Store(store, One, Entries(1, 20));
        store.SaveSnapshot(One, new SnapshotMark(15, 1, Members), Bytes(10));
        return store;
    }

    [Fact]
    public void Each_entry_below_what_is_kept_whole_is_rewritten_once()
    {
        InMemoryLogStore store = OpenWithSnapshot();
        Assert.Null(store.FindSparse(One));
        store.Reclaim(One, [3, 8], wholeFrom: 11);
        Assert.Equal(new SparseRun(0, 1, 10), store.FindSparse(One));
        store.Rewrite(One, store.FindSparse(One)!.Value, 5, [EntryAt(3, 1, bytes: 7)], 256);
        Assert.Equal(new SparseRun(0, 6, 10), store.FindSparse(One));
        store.Rewrite(One, store.FindSparse(One)!.Value, 10, [EntryAt(8, 1, bytes: 9)], 256);
        Assert.Null(store.FindSparse(One));

        AssertEntries(store, One, EntryAt(3, 1, bytes: 7));
        AssertEntries(store, One, EntryAt(8, 1, bytes: 9));
        AssertEntries(store, One, Entries(11, 10));
    }

    [Fact]
    public void What_was_rewritten_is_no_part_of_the_log_after_a_restart()
    {
        InMemoryLogStore store = OpenWithSnapshot();
        store.Reclaim(One, [9, 10], wholeFrom: 11);
        store.Rewrite(One, store.FindSparse(One)!.Value, 10, [EntryAt(9, 1, bytes: 7), EntryAt(10, 1, bytes: 7)], 256);

        store = new InMemoryLogStore(_disk);
        Assert.Equal((11, 20), (store.Recovered[One].FirstIndex, store.Recovered[One].LastIndex));
        AssertEntries(store, One, EntryAt(10, 1, bytes: 7));
    }

    [Fact]
    public void A_rewrite_that_fails_leaves_the_old_entries()
    {
        InMemoryLogStore store = OpenWithSnapshot();
        store.Reclaim(One, [3]);
        SparseRun run = store.FindSparse(One)!.Value;
        store.FailNextWrite(new IOException("injected"));
        Assert.Throws<LogStoreException>(() => store.Rewrite(One, run, 5, [EntryAt(3, 1, bytes: 7)], 256));

        AssertEntries(new InMemoryLogStore(_disk), One, EntryAt(3, 1));
    }
}
