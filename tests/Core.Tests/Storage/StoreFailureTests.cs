using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Storage;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Storage;

public sealed class StoreFailureTests : StoreTest
{
    [Fact]
    public async Task After_one_failed_write_nothing_is_acknowledged_and_everything_throws()
    {
        var disk = new FaultySink();
        int acknowledged = 0, told = 0;
        await using (FasterLogStore store = FasterLogStore.Open(Small, disk))
        {
            Store(store, One, Entries(1, 5));
            var failed = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
            store.Failed += e =>
            {
                Interlocked.Increment(ref told);
                failed.TrySetResult(e);
            };

            disk.FailFromNowOn();
            store.Append(new StoreWrite(One, null, Entries(6, 5), () => acknowledged++));
            Exception reason = await failed.Task;
            Assert.Contains("injected", reason.InnerException!.Message, StringComparison.Ordinal);

            // Healed or not: what came after the failed write can not be trusted any more.
            disk.Heal();
            Assert.Throws<LogStoreException>(
                () => store.Append(new StoreWrite(One, null, Entries(11, 1), () => acknowledged++)));
            Assert.Throws<LogStoreException>(() => store.DropGroup(One));
            Assert.Throws<LogStoreException>(
                () => store.SaveSnapshot(One, new SnapshotMark(3, 1, Members), Bytes(10)));
            AssertEntries(store, One, Entries(1, 5));
        }

        Assert.Equal(0, acknowledged);
        Assert.Equal(1, told);
        await using FasterLogStore again = Open();
        AssertEntries(again, One, Entries(1, 5));
    }

    [Fact]
    public async Task A_commit_that_hangs_fails_the_store()
    {
        var disk = new FaultySink();
        await using FasterLogStore store = FasterLogStore.Open(Small with { WatchdogMs = 50 }, disk);
        var failed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        bool acknowledged = false;
        store.Failed += _ => failed.TrySetResult();

        disk.Open.Reset();
        store.Append(new StoreWrite(One, null, Entries(1, 1), () => acknowledged = true));
        await failed.Task;
        disk.Open.Set();

        Assert.Throws<LogStoreException>(() => store.Append(new StoreWrite(One, null, Entries(2, 1), null)));
        await store.DisposeAsync();
        Assert.False(acknowledged);
    }

    [Fact]
    public async Task Appending_blocks_while_too_much_is_pending_and_goes_on_when_it_is_durable()
    {
        var disk = new FaultySink();
        await using FasterLogStore store = FasterLogStore.Open(Small with { MaxPendingBytes = 5000 }, disk);
        disk.Open.Reset();
        int appended = 0;
        var full = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task producer = Task.Run(() =>
        {
            for (int i = 1; i <= 20; i++)
            {
                if (i == 5)
                    full.SetResult();
                store.Append(new StoreWrite(One, null, [EntryAt(i, 1, 1000)], null));
                Interlocked.Increment(ref appended);
            }
        });

        await full.Task;
        Assert.InRange(Volatile.Read(ref appended), 0, 4);
        disk.Open.Set();
        await producer;
        Store(store, One, EntryAt(21, 1));
        AssertEntries(store, One, [.. Entries(1, 20, bytes: 1000), EntryAt(21, 1)]);
    }

    [Fact]
    public async Task A_group_commit_makes_many_writes_durable_at_once()
    {
        var disk = new FaultySink();
        await using FasterLogStore store = FasterLogStore.Open(
            Small with { PageBits = 16, SegmentBits = 20, MemoryBits = 20 }, disk);
        disk.Open.Reset();
        for (int i = 1; i <= 100; i++)
            store.Append(new StoreWrite(One, null, [EntryAt(i, 1)], null));
        int before = disk.Writes;
        disk.Open.Set();
        Store(store, One, EntryAt(101, 1));

        Assert.InRange(disk.Writes - before, 1, 5);
    }
}
