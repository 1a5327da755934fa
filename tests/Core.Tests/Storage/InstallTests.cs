using System.Buffers;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Storage;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Storage;

/// <summary>A received snapshot takes the place of a log: what holds for the store on disk and for its
/// twin.</summary>
public abstract class InstallTests : StoreTest
{
    protected static readonly HardState Vote = new(7, new NodeId(2), 12);

    /// <summary>Live entries below the mark, with gaps and of two terms.</summary>
    protected static readonly Entry[] Live =
        [.. Entries(3, 2, term: 2), .. Entries(9, 1, term: 2), .. Entries(40, 3, term: 5), .. Entries(99, 2, term: 5)];

    protected static SnapshotMark Mark => new(100, 6, Members);

    /// <summary>Closes the store that is open and opens what it left.</summary>
    protected abstract Task<ILogStore> Reopen();

    /// <summary>A log of entries 1 to 20 with a snapshot at 5, and the like in another group.</summary>
    protected async Task<ILogStore> OpenWithLog()
    {
        ILogStore store = await Reopen();
        foreach (GroupId group in (GroupId[])[One, Two])
        {
            Store(store, new StoreWrite(group, Vote, Entries(1, 20), null));
            store.SaveSnapshot(group, new SnapshotMark(5, 1, Members), Bytes(50, seed: 5));
            store.Reclaim(group, [1, 2, 3, 4, 5]);
        }

        return store;
    }

    protected static void AssertOld(ILogStore store)
    {
        RecoveredGroup found = store.Recovered[One];
        Assert.Equal((5, 20, Vote), (found.Snapshot!.Index, found.LastIndex, found.HardState));
        AssertEntries(store, One, Entries(3, 18));
        Assert.True(store.TryReadSnapshot(One, out SnapshotMark? mark, out ReadOnlySequence<byte> state));
        Assert.Equal(5, mark!.Index);
        Assert.Equal(Bytes(50, seed: 5).ToArray(), state.ToArray());
    }

    protected static void AssertInstalled(ILogStore store)
    {
        Assert.True(store.TryReadSnapshot(One, out SnapshotMark? mark, out ReadOnlySequence<byte> state));
        Assert.Equal((100, 6), (mark!.Index, mark.Term));
        Assert.Equal(Members.Voters, mark.Members.Voters);
        Assert.Equal(Bytes(5000).ToArray(), state.ToArray());
        foreach (Entry entry in Live)
            AssertEntries(store, One, entry);
        foreach (long gone in (long[])[1, 2, 5, 8, 10, 20, 39, 43, 98])
            Assert.Throws<LogStoreException>(() => store.Read(One, gone, gone, 1));
        Assert.True(store.TryGetTerm(One, 100, out long term));
        // The entry at the mark came along under its own term; the mark's is what Raft asks for.
        Assert.InRange(term, 5, 6);
        AssertEntries(store, Two, Entries(1, 20));
    }

    protected static void AssertInstalledAfterOpening(ILogStore store)
    {
        RecoveredGroup found = store.Recovered[One];
        Assert.Equal((100, 101, 100), (found.Snapshot!.Index, found.FirstIndex, found.LastIndex));
        Assert.Equal(Vote, found.HardState);
        AssertInstalled(store);
    }

    [Fact]
    public async Task An_installed_snapshot_and_its_entries_replace_the_log()
    {
        ILogStore store = await OpenWithLog();
        store.Stage(One, Live[..4]);
        store.Stage(One, Live[4..]);
        store.Install(One, Mark, Bytes(5000));
        AssertInstalled(store);

        store = await Reopen();
        AssertInstalledAfterOpening(store);
        Assert.Equal((1, 20), (store.Recovered[Two].FirstIndex, store.Recovered[Two].LastIndex));
    }

    [Fact]
    public async Task The_log_goes_on_above_the_mark()
    {
        ILogStore store = await OpenWithLog();
        store.Stage(One, Live);
        store.Install(One, Mark, Bytes(5000));
        Store(store, One, Entries(101, 5, term: 7));
        Store(store, One, Entries(103, 1, term: 8));

        store = await Reopen();
        RecoveredGroup found = store.Recovered[One];
        Assert.Equal((100, 101, 103), (found.Snapshot!.Index, found.FirstIndex, found.LastIndex));
        AssertEntries(store, One, [.. Entries(101, 2, term: 7), .. Entries(103, 1, term: 8)]);
        AssertInstalled(store);
        Assert.ThrowsAny<Exception>(() => Store(store, One, Entries(100, 1, term: 9)));
    }

    [Fact]
    public async Task A_snapshot_without_live_entries_leaves_an_empty_log()
    {
        ILogStore store = await OpenWithLog();
        store.Install(One, Mark, Bytes(5000));
        Assert.Throws<LogStoreException>(() => store.Read(One, 3, 3, 1));

        store = await Reopen();
        Assert.Equal((101, 100), (store.Recovered[One].FirstIndex, store.Recovered[One].LastIndex));
        Assert.Throws<LogStoreException>(() => store.Read(One, 20, 20, 1));
    }

    [Fact]
    public async Task What_is_staged_is_not_seen_and_forgotten_by_a_restart()
    {
        ILogStore store = await OpenWithLog();
        store.Stage(One, Live);
        Assert.Throws<LogStoreException>(() => store.Read(One, 40, 40, 1));
        AssertEntries(store, One, Entries(3, 18));
        Store(store, One, Entries(21, 1));

        store = await Reopen();
        AssertEntries(store, One, Entries(3, 19));
        Assert.Throws<LogStoreException>(() => store.Read(One, 40, 40, 1));
        store.Install(One, Mark, Bytes(5000));
        Assert.Throws<LogStoreException>(() => store.Read(One, 40, 40, 1));
    }

    [Fact]
    public async Task What_was_dropped_is_not_installed()
    {
        ILogStore store = await OpenWithLog();
        store.Stage(One, [EntryAt(7, 4), EntryAt(40, 4), EntryAt(41, 4)]);
        store.DropStaged(One);
        store.DropStaged(One);
        store.Stage(One, Live);
        store.Install(One, Mark, Bytes(5000));
        AssertInstalled(store);
        Assert.Throws<LogStoreException>(() => store.Read(One, 7, 7, 1));

        AssertInstalledAfterOpening(await Reopen());
    }

    [Fact]
    public async Task A_second_transfer_does_not_touch_what_the_first_installed()
    {
        ILogStore store = await OpenWithLog();
        store.Stage(One, Live);
        store.Install(One, Mark, Bytes(5000));
        store.Stage(One, [EntryAt(9, 9), EntryAt(40, 9), EntryAt(150, 9)]);
        AssertInstalled(store);

        store = await Reopen();
        AssertInstalledAfterOpening(store);
        store.Stage(One, [EntryAt(40, 5), EntryAt(150, 9)]);
        store.Install(One, new SnapshotMark(200, 9, Members), Bytes(10));
        AssertEntries(store, One, EntryAt(150, 9));
        Assert.Throws<LogStoreException>(() => store.Read(One, 41, 41, 1));
        store = await Reopen();
        AssertEntries(store, One, EntryAt(40, 5));
        Assert.Equal(201, store.Recovered[One].FirstIndex);
    }

    [Fact]
    public async Task Staged_blocks_take_the_place_of_the_old_ones_with_the_install()
    {
        ILogStore store = await OpenWithLog();
        IGroupBlocks blocks = store.Blocks(One);
        blocks.Put(Name(1), Content(1));
        SaveWithBlocks(store, 6);
        store.StageBlocks(One, [new Block(Name(2), Content(2)), new Block(Name(3), Content(3))]);
        store.StageBlocks(One, [new Block(Name(4), Content(4))]);
        store.Stage(One, Live);
        Assert.Equal((true, false), (blocks.Contains(Name(1)), blocks.Contains(Name(2))));
        store.Install(One, Mark, Bytes(5000));
        AssertBlocks(store, absent: 1, 2, 3, 4);
        blocks.Forget(Name(3));
        blocks.Put(Name(5), Content(5));

        store = await Reopen();
        AssertBlocks(store, absent: 5, 2, 3, 4);
        AssertInstalledAfterOpening(store);
    }

    [Fact]
    public async Task Staged_blocks_are_forgotten_when_they_are_dropped_and_by_a_restart()
    {
        ILogStore store = await OpenWithLog();
        store.Blocks(One).Put(Name(1), Content(1));
        SaveWithBlocks(store, 6);
        store.StageBlocks(One, [new Block(Name(2), Content(2))]);
        store.DropStaged(One);
        store.StageBlocks(One, [new Block(Name(2), Content(3))]);

        store = await Reopen();
        AssertBlocks(store, absent: 2, 1);
        store.StageBlocks(One, [new Block(Name(2), Content(2))]);
        store.Install(One, Mark, Bytes(5000));
        AssertBlocks(store, absent: 1, 2);
    }

    private static BlockName Name(int number) => new(new QueueId(7), number * 1024L);

    private static byte[] Content(int number) => [.. Enumerable.Repeat((byte)number, 1000 + number)];

    private static void SaveWithBlocks(ILogStore store, long index)
    {
        using IBlockSet named = store.Blocks(One).Capture();
        store.SaveSnapshot(One, new SnapshotMark(index, 1, Members), Bytes(50), named);
    }

    private static void AssertBlocks(ILogStore store, int absent, params int[] present)
    {
        Assert.False(store.Blocks(One).Contains(Name(absent)));
        foreach (int number in present)
            Assert.Equal(Content(number), store.Blocks(One).Read(Name(number)).ToArray());
        using IBlockSet all = store.Blocks(One).Capture();
        Assert.Equal(present.Select(Name), all.Names.Order(Comparer<BlockName>.Create(BlockName.Compare)));
    }

    [Fact]
    public async Task Staging_goes_on_above_the_entries_that_are_there_and_without_the_blocks()
    {
        ILogStore store = await OpenWithLog();
        Assert.Equal(0, store.ResumeStaged(One));
        store.Stage(One, Live[..3]);
        store.StageBlocks(One, [new Block(Name(2), Content(2)), new Block(Name(3), Content(3))]);
        Assert.Equal(9, store.ResumeStaged(One));
        store.Stage(One, Live[3..]);
        store.StageBlocks(One, [new Block(Name(2), Content(2))]);
        store.Install(One, Mark, Bytes(5000));
        AssertInstalled(store);
        AssertBlocks(store, absent: 3, 2);

        store = await Reopen();
        AssertInstalledAfterOpening(store);
        Assert.Equal(0, store.ResumeStaged(One));
    }

    [Fact]
    public async Task Entries_are_staged_in_ascending_order_and_not_above_the_mark()
    {
        ILogStore store = await OpenWithLog();
        store.Stage(One, Live);
        store.DropGroup(One);
        store.Install(One, Mark, Bytes(10));
        Assert.Throws<LogStoreException>(() => store.Read(One, 40, 40, 1));
        Assert.ThrowsAny<Exception>(() => store.Install(One, Mark, Bytes(10)));
        Assert.ThrowsAny<Exception>(() => store.Stage(One, [EntryAt(9, 1), EntryAt(9, 1)]));
    }
}
