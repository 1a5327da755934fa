using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Storage;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Storage;

public sealed class FasterInstallTests : InstallTests
{
    private readonly FaultySink _sink = new();
    private FasterLogStore? _open;

    protected override async Task<ILogStore> Reopen()
    {
        if (_open is not null)
            await _open.DisposeAsync();
        _sink.Heal();
        return _open = FasterLogStore.Open(Small, _sink);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _open?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        base.Dispose(disposing);
    }

    /// <summary>Some 300 entries of 1 KiB with gaps: more than four of the small segments.</summary>
    private static Entry[] Many(long first) =>
        [.. Enumerable.Range(0, 300).Select(i => EntryAt(first + i * 3, 4 + i / 100, 1000))];

    private static void AssertEach(ILogStore store, IEnumerable<Entry> entries)
    {
        foreach (Entry entry in entries)
            AssertEntries(store, One, entry);
    }

    [Fact]
    public async Task The_disk_fails_while_entries_are_staged()
    {
        ILogStore store = await OpenWithLog();
        store.Stage(One, Live[..3]);
        _sink.FailFromNowOn();
        Assert.Throws<LogStoreException>(() => store.Stage(One, Live[3..]));
        Assert.Throws<LogStoreException>(() => store.Install(One, Mark, Bytes(5000)));

        AssertOld(await Reopen());
        Assert.Single(Directory.GetFiles(Disk.Snapshots, "1-*"));
    }

    [Fact]
    public async Task The_disk_fails_after_the_file_and_before_the_frame_of_an_install()
    {
        ILogStore store = await OpenWithLog();
        store.Stage(One, Live);
        _sink.FailFromNowOn();
        Assert.Throws<LogStoreException>(() => store.Install(One, Mark, Bytes(5000)));
        Assert.Equal(2, Directory.GetFiles(Disk.Snapshots, "1-*").Length);

        AssertOld(await Reopen());
        Assert.Single(Directory.GetFiles(Disk.Snapshots, "1-*"));
    }

    [Fact]
    public async Task A_crash_after_the_frame_of_an_install_and_before_the_old_file_is_gone()
    {
        ILogStore store = await OpenWithLog();
        string old = Directory.GetFiles(Disk.Snapshots, "1-*").Single();
        byte[] content = await File.ReadAllBytesAsync(old);
        store.Stage(One, Live);
        store.Install(One, Mark, Bytes(5000));
        await _open!.DisposeAsync();
        await File.WriteAllBytesAsync(old, content);

        AssertInstalledAfterOpening(await Reopen());
        Assert.Single(Directory.GetFiles(Disk.Snapshots, "1-*"));
    }

    [Fact]
    public async Task A_lost_file_of_an_installed_snapshot_is_told()
    {
        ILogStore store = await OpenWithLog();
        store.Install(One, Mark, Bytes(5000));
        await _open!.DisposeAsync();
        File.Delete(Directory.GetFiles(Disk.Snapshots, "1-*").Single());

        Assert.Contains("lost", Assert.Throws<StoreDamageException>(Open).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Staged_entries_fill_segments_of_which_each_begins_with_the_whole_state()
    {
        ILogStore store = await OpenWithLog();
        Entry[] live = Many(first: 3);
        foreach (Entry[] chunk in live.Chunk(7))
            store.Stage(One, chunk);
        store.Install(One, new SnapshotMark(1000, 8, Members), Bytes(10));
        AssertEach(store, live);
        Store(store, One, Entries(1001, 200, term: 8, bytes: 1000));

        store = await Reopen();
        Assert.Equal((1001, 1200), (store.Recovered[One].FirstIndex, store.Recovered[One].LastIndex));
        AssertEach(store, live);
        Assert.Throws<LogStoreException>(() => store.Read(One, 4, 4, 1));
        AssertEntries(await Reopen(), One, Entries(1001, 200, term: 8, bytes: 1000));
    }

    [Fact]
    public async Task Segments_of_the_old_log_are_reclaimed_after_an_install_and_those_of_live_entries_are_not()
    {
        ILogStore store = await OpenWithLog();
        Store(store, One, Entries(21, 400, bytes: 1000));
        Entry[] live = Many(first: 3);
        store.Stage(One, live);
        long before = store.DiskBytes;
        store.Reclaim(Two, [1, 2, 3, 4, 5]);
        store.Install(One, new SnapshotMark(1000, 8, Members), Bytes(10));
        store.SaveSnapshot(Two, new SnapshotMark(20, 1, Members), Bytes(10));
        store.Reclaim(Two, []);
        store.Reclaim(One, [.. live.Select(entry => entry.Index)]);
        store = await Reopen();
        AssertEach(store, live);
        Assert.InRange(store.DiskBytes, 300_000, before - 400_000);

        store.Reclaim(One, [live[^1].Index]);
        store = await Reopen();
        AssertEntries(store, One, live[^1]);
        Assert.InRange(store.DiskBytes, 0, 200_000);
        Assert.Throws<LogStoreException>(() => store.Read(One, live[0].Index, live[0].Index, 1));
    }

    [Fact]
    public async Task Segments_of_staged_entries_stay_while_they_are_received_and_go_after_a_restart()
    {
        ILogStore store = await OpenWithLog();
        Entry[] live = Many(first: 3);
        store.Stage(One, live);
        store.Reclaim(One, []);
        Store(store, Two, Entries(21, 1));
        Assert.InRange(store.DiskBytes, 300_000, long.MaxValue);
        store.Install(One, new SnapshotMark(1000, 8, Members), Bytes(10));
        AssertEach(store, live);

        Entry[] more = [.. Many(first: 1).Select(entry => entry with { Term = 9 })];
        store.Stage(One, more);
        store = await Reopen();
        AssertEach(store, live);
        store.SaveSnapshot(Two, new SnapshotMark(21, 1, Members), Bytes(10));
        store.Reclaim(Two, []);
        store.Reclaim(One, [live[0].Index]);
        store = await Reopen();
        AssertEach(store, live[..1]);
        Assert.InRange(store.DiskBytes, 0, 250_000);
    }

    /// <summary>Files are deleted beside the writer.</summary>
    private static async Task UntilDiskIsBelow(ILogStore store, long bytes)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (store.DiskBytes >= bytes)
            await Task.Delay(10, patience.Token);
    }

    [Fact]
    public async Task Transfers_that_break_off_one_after_the_other_fill_no_disk()
    {
        ILogStore store = await OpenWithLog();
        long before = store.DiskBytes;
        for (int i = 0; i < 6; i++)
        {
            store.Stage(One, Many(first: 3));
            store.DropStaged(One);
            await UntilDiskIsBelow(store, before + 250_000);
        }
    }

    [Fact]
    public async Task Snapshots_installed_one_after_the_other_leave_one_copy()
    {
        ILogStore store = await OpenWithLog();
        long before = store.DiskBytes;
        for (int i = 1; i <= 6; i++)
        {
            store.Stage(One, Many(first: 3));
            store.Install(One, new SnapshotMark(i * 1000, 8, Members), Bytes(10));
            await UntilDiskIsBelow(store, before + 550_000);
        }

        AssertEach(store, Many(first: 3));
        AssertEach(await Reopen(), Many(first: 3));
    }

    [Fact]
    public async Task What_a_crash_left_staged_goes_at_the_next_start_without_a_word_of_the_group()
    {
        ILogStore store = await OpenWithLog();
        long before = store.DiskBytes;
        store.Stage(One, Many(first: 3));
        store = await Reopen();
        await UntilDiskIsBelow(store, before + 250_000);
    }
}
