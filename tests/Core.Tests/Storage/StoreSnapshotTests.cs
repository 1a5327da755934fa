using System.Buffers;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Storage;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Storage;

public sealed class StoreSnapshotTests : StoreTest
{
    private static SnapshotMark At(long index, long term = 1) => new(index, term, Members);

    private static void AssertSnapshot(FasterLogStore store, GroupId group, long index, ReadOnlySequence<byte> expected)
    {
        Assert.True(store.TryReadSnapshot(group, out SnapshotMark? mark, out ReadOnlySequence<byte> state));
        Assert.Equal(index, mark!.Index);
        Assert.Equal(Members.Voters, mark.Members.Voters);
        Assert.Equal(Members.Learners, mark.Members.Learners);
        Assert.Equal(expected.ToArray(), state.ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(3_500_000)]
    public async Task A_snapshot_comes_back_after_reopening_and_replaces_the_one_before(int bytes)
    {
        await using (FasterLogStore store = Open())
        {
            Store(store, One, Entries(1, 20));
            store.SaveSnapshot(One, At(5), Bytes(99));
            store.SaveSnapshot(One, At(12), Bytes(bytes));
            AssertSnapshot(store, One, 12, Bytes(bytes));
        }

        Assert.Single(Directory.GetFiles(Disk.Snapshots));
        await using FasterLogStore again = Open();
        AssertSnapshot(again, One, 12, Bytes(bytes));
        RecoveredGroup group = again.Recovered[One];
        Assert.Equal((12, 1, 20), (group.Snapshot!.Index, group.FirstIndex, group.LastIndex));
        Assert.False(again.TryReadSnapshot(Two, out _, out _));
    }

    [Fact]
    public async Task A_snapshot_ahead_of_the_log_replaces_it()
    {
        var vote = new HardState(3, new NodeId(1), 0);
        await using (FasterLogStore store = Open())
        {
            Store(store, new StoreWrite(One, vote, Entries(1, 20), null));
            store.SaveSnapshot(One, At(100, term: 2), Bytes(10));
            Assert.Throws<LogStoreException>(() => store.Read(One, 20, 20, 1));
            Assert.True(store.TryGetTerm(One, 100, out long term));
            Assert.Equal(2, term);
            Store(store, One, Entries(101, 5, term: 3));
        }

        await using FasterLogStore again = Open();
        RecoveredGroup group = again.Recovered[One];
        Assert.Equal((100, 101, 105), (group.Snapshot!.Index, group.FirstIndex, group.LastIndex));
        Assert.Equal(vote, group.HardState);
        AssertEntries(again, One, Entries(101, 5, term: 3));
    }

    [Fact]
    public async Task A_snapshot_of_another_term_at_a_stored_index_replaces_the_log()
    {
        await using (FasterLogStore store = Open())
        {
            Store(store, One, Entries(1, 20));
            store.SaveSnapshot(One, At(10, term: 4), Bytes(10));
        }

        await using FasterLogStore again = Open();
        RecoveredGroup group = again.Recovered[One];
        Assert.Equal((10, 11, 10), (group.Snapshot!.Index, group.FirstIndex, group.LastIndex));
    }

    /// <summary>A crash after the rename, before the log knows: the file alone must have the same
    /// effect.</summary>
    [Fact]
    public async Task A_snapshot_file_that_the_log_does_not_know_yet_counts()
    {
        Guid id;
        await using (FasterLogStore store = Open())
        {
            id = store.StoreId;
            Store(store, One, Entries(1, 20));
        }

        new SnapshotFiles(Disk.Snapshots, id).Write(
            One, At(50, term: 3), ReadOnlyMemory<byte>.Empty, Bytes(10), sequence: 5);
        await File.WriteAllTextAsync(Path.Combine(Disk.Snapshots, "1-60.snap.tmp"), "half");

        await using FasterLogStore again = Open();
        AssertSnapshot(again, One, 50, Bytes(10));
        Assert.Equal((51, 50), (again.Recovered[One].FirstIndex, again.Recovered[One].LastIndex));
        Assert.Single(Directory.GetFiles(Disk.Snapshots));
    }

    [Fact]
    public async Task A_snapshot_gets_its_name_when_its_bytes_are_durable_and_the_one_before_goes_last()
    {
        var sink = new FailingSnapshotSink();
        await using FasterLogStore store = FasterLogStore.Open(Small, new SynchronousSink(), snapshotSink: sink);
        Store(store, One, Entries(1, 20));
        store.SaveSnapshot(One, At(5), Bytes(10));
        store.SaveSnapshot(One, At(9), Bytes(10));

        Assert.Equal(["Write", "Flush", "Rename", "Write", "Flush", "Rename", "Delete"], sink.Steps);
    }

    [Theory]
    [InlineData("Write", 5)]
    [InlineData("Flush", 5)]
    [InlineData("Rename", 5)]
    [InlineData("Delete", 9)]
    public async Task Wherever_saving_a_snapshot_breaks_off_a_whole_one_is_left(string step, long left)
    {
        var sink = new FailingSnapshotSink();
        await using (FasterLogStore store = FasterLogStore.Open(Small, new SynchronousSink(), snapshotSink: sink))
        {
            Store(store, One, Entries(1, 20));
            store.SaveSnapshot(One, At(5), Bytes(10));
            sink.FailsAt = step;
            Assert.Throws<IOException>(() => store.SaveSnapshot(One, At(9), Bytes(20)));
        }

        await using FasterLogStore again = Open();
        AssertSnapshot(again, One, left, Bytes(left == 5 ? 10 : 20));
        Assert.Single(Directory.GetFiles(Disk.Snapshots));
    }

    [Fact]
    public async Task A_damaged_or_lost_snapshot_is_told()
    {
        await using (FasterLogStore store = Open())
        {
            Store(store, One, Entries(1, 20));
            store.SaveSnapshot(One, At(5), Bytes(2_000_000));
        }

        string file = Directory.GetFiles(Disk.Snapshots).Single();
        FlipByte(file, 1_500_000);
        await using (FasterLogStore store = Open())
        {
            var e = Assert.Throws<StoreDamageException>(() => store.TryReadSnapshot(One, out _, out _));
            Assert.Contains("damaged", e.Message, StringComparison.Ordinal);
        }

        File.Delete(Path.Combine(Disk.Path, "damaged"));
        FlipByte(file, 50);
        Assert.Throws<StoreDamageException>(Open);
        File.Delete(file);
        Assert.Contains("lost", Assert.Throws<StoreDamageException>(Open).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dropped_group_is_gone_but_for_its_vote()
    {
        var vote = new HardState(3, new NodeId(1), 0);
        await using (FasterLogStore store = Open())
        {
            Store(store, new StoreWrite(One, vote, Entries(1, 20), null));
            Store(store, Two, Entries(1, 20));
            store.SaveSnapshot(One, At(5), Bytes(10));
            store.DropGroup(One);
            Assert.Throws<LogStoreException>(() => store.Read(One, 20, 20, 1));
            Assert.False(store.TryReadSnapshot(One, out _, out _));
            Assert.Empty(Directory.GetFiles(Disk.Snapshots));
        }

        await using (FasterLogStore store = Open())
        {
            Assert.Equal(new RecoveredGroup(vote, null, 1, 0), store.Recovered[One]);
            AssertEntries(store, Two, Entries(1, 20));
            store.SaveSnapshot(One, At(30), Bytes(10));
            Store(store, One, Entries(31, 2));
        }

        await using FasterLogStore again = Open();
        Assert.Equal((31, 32), (again.Recovered[One].FirstIndex, again.Recovered[One].LastIndex));
    }

    [Fact]
    public async Task Dead_segments_are_deleted_in_any_order_and_the_rest_opens()
    {
        string[] before;
        await using (FasterLogStore store = Open())
        {
            for (int i = 1; i <= 500; i++)
                Store(store, One, EntryAt(i, 1, 1000));
            before = Disk.WrittenSegments;
            store.SaveSnapshot(One, At(400), Bytes(10));
            store.Reclaim(One, [70, 71, 260]);
        }

        Assert.True(Disk.WrittenSegments.Length < before.Length - 3);
        Assert.DoesNotContain(before[0], Disk.SegmentFiles);
        await using (FasterLogStore store = Open())
        {
            RecoveredGroup group = store.Recovered[One];
            Assert.Equal(500, group.LastIndex);
            Assert.InRange(group.FirstIndex, 262, 401);
            AssertEntries(store, One, Entries(70, 2, bytes: 1000));
            AssertEntries(store, One, Entries(260, 1, bytes: 1000));
            AssertEntries(store, One, Entries(401, 100, bytes: 1000));
            Assert.Throws<LogStoreException>(() => store.Read(One, 1, 1, 1));
            store.Reclaim(One, []);
        }

        await using FasterLogStore again = Open();
        Assert.InRange(again.Recovered[One].FirstIndex, 300, 401);
        AssertEntries(again, One, Entries(401, 100, bytes: 1000));
        Assert.Throws<LogStoreException>(() => again.Read(One, 70, 70, 1));
    }

    [Fact]
    public async Task A_segment_stays_as_long_as_any_group_needs_it()
    {
        string[] before;
        await using (FasterLogStore store = Open())
        {
            for (int i = 1; i <= 150; i++)
            {
                Store(store, One, EntryAt(i, 1, 1000));
                Store(store, Two, EntryAt(i, 1, 1000));
            }

            before = Disk.WrittenSegments;
            store.SaveSnapshot(One, At(150), Bytes(10));
            store.Reclaim(One, []);
        }

        Assert.Empty(before.Except(Disk.SegmentFiles));
        await using FasterLogStore again = Open();
        AssertEntries(again, Two, Entries(1, 150, bytes: 1000));
    }

    /// <summary>The frames that superseded old entries may be deleted before these; the old ones must stay
    /// dead.</summary>
    [Fact]
    public async Task Superseded_entries_do_not_come_back_when_the_segment_that_superseded_them_goes()
    {
        await using (FasterLogStore store = Open())
        {
            Store(store, Two, Entries(1, 1));
            Store(store, One, Entries(1, 9));
            for (int i = 0; i < 100; i++)
                Store(store, Two, EntryAt(2 + i, 1, 1000));
            Store(store, One, Entries(7, 3, term: 2));
            for (int i = 0; i < 100; i++)
                Store(store, One, EntryAt(10 + i, 2, 1000));
            store.SaveSnapshot(One, At(100, term: 2), Bytes(10));
            store.SaveSnapshot(Two, At(101), Bytes(10));
            store.Reclaim(Two, [1]);
            store.Reclaim(One, []);
        }

        await using FasterLogStore again = Open();
        AssertEntries(again, Two, Entries(1, 1));
        Assert.Throws<LogStoreException>(() => again.Read(One, 9, 9, 1));
        Assert.True(again.Recovered[One].FirstIndex > 9);
    }

    [Fact]
    public async Task Bytes_on_disk_are_counted()
    {
        await using FasterLogStore store = Open();
        Store(store, One, Entries(1, 200, bytes: 1000));
        long before = store.DiskBytes;
        Assert.InRange(before, 200_000, 400_000);
        store.SaveSnapshot(One, At(100), Bytes(50_000));
        Assert.InRange(store.DiskBytes - before, 50_000, 52_000);
    }
}
