using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Storage;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Storage;

public sealed class InMemoryLogStoreTests : StoreTest
{
    private readonly InMemoryDisk _disk = new(Guid.Parse("6a2c1f0e-0000-4000-8000-000000000001"));

    [Fact]
    public void What_is_durable_is_there_for_the_next_instance()
    {
        var store = new InMemoryLogStore(_disk);
        var vote = new HardState(2, new NodeId(1), 3);
        Store(store, new StoreWrite(One, vote, Entries(1, 10), null));
        Store(store, One, Entries(6, 2, term: 2));

        var again = new InMemoryLogStore(_disk);
        Assert.Equal(2, again.Incarnation);
        Assert.Equal(store.StoreId, again.StoreId);
        Assert.Equal(new RecoveredGroup(vote, null, 1, 7), again.Recovered[One]);
        AssertEntries(again, One, [.. Entries(1, 5), .. Entries(6, 2, term: 2)]);
        Assert.Throws<LogStoreException>(() => store.Append(new StoreWrite(One, null, Entries(8, 1), null)));
    }

    [Theory]
    [InlineData(0, 0, 2)]
    [InlineData(1, 0, 5)]
    [InlineData(1, 2, 7)]
    [InlineData(9, 0, 8)]
    public void A_crash_loses_what_was_not_durable(int survivingWrites, int tornEntries, long last)
    {
        var store = new InMemoryLogStore(_disk, automatic: false);
        int completed = 0;
        store.Append(new StoreWrite(One, null, Entries(1, 2), () => completed++));
        store.CompletePending();
        store.Append(new StoreWrite(One, null, Entries(3, 3), () => completed++));
        store.Append(new StoreWrite(One, null, Entries(6, 3), () => completed++));
        Assert.Equal(2, store.PendingWrites);
        Assert.False(store.TryGetTerm(One, 3, out _));

        store.Crash(survivingWrites, tornEntries);

        Assert.Equal(1, completed);
        Assert.Equal(last, new InMemoryLogStore(_disk).Recovered[One].LastIndex);
    }

    [Fact]
    public void A_failing_write_fails_the_store_for_good()
    {
        var store = new InMemoryLogStore(_disk, automatic: false);
        int completed = 0, told = 0;
        store.Failed += _ => told++;
        store.Append(new StoreWrite(One, null, Entries(1, 2), () => completed++));
        store.FailNextWrite(new IOException("injected"));
        store.CompletePending();
        store.CompletePending();

        Assert.Equal((0, 1), (completed, told));
        Assert.Throws<LogStoreException>(() => store.Append(new StoreWrite(One, null, Entries(3, 1), null)));
        Assert.Empty(new InMemoryLogStore(_disk).Recovered);
    }

    [Fact]
    public void Snapshots_replace_cut_and_drop_as_on_disk()
    {
        var store = new InMemoryLogStore(_disk);
        Store(store, One, Entries(1, 10));
        store.SaveSnapshot(One, new SnapshotMark(6, 1, Members), Bytes(10));
        store.Reclaim(One, [2, 3]);
        AssertEntries(store, One, Entries(2, 2));
        Assert.Throws<LogStoreException>(() => store.Read(One, 4, 4, 1));
        Assert.Equal((7, 10), (new InMemoryLogStore(_disk).Recovered[One] is var r ? (r.FirstIndex, r.LastIndex) : default));

        store = new InMemoryLogStore(_disk);
        store.SaveSnapshot(One, new SnapshotMark(20, 3, Members), Bytes(10));
        Assert.Throws<LogStoreException>(() => store.Read(One, 10, 10, 1));
        Store(store, One, Entries(21, 1, term: 3));
        store.DropGroup(One);
        Assert.False(store.TryReadSnapshot(One, out _, out _));
        Assert.Equal(0, new InMemoryLogStore(_disk).Recovered[One].LastIndex);
    }
}
