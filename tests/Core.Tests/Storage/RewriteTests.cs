using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Storage;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Storage;

/// <summary>Segments that are mostly dead are emptied and deleted (DESIGN section 3, Reclaiming space).</summary>
public sealed class RewriteTests : StoreTest
{
    private const int Last = 600;

    /// <summary>One entry of thirty lives: less than a quarter of every segment.</summary>
    private static readonly long[] Live = [.. Enumerable.Range(1, Last / 30).Select(i => i * 30L)];

    /// <summary>What is left of an entry that moved.</summary>
    private static Entry Trimmed(long index, long term = 1) => EntryAt(index, term, bytes: 40);

    private static Entry[] Log => Entries(1, Last, bytes: 1000);

    /// <summary>Some ten segments of one group, all under a snapshot, of which little lives.</summary>
    private static void Fill(FasterLogStore store)
    {
        Store(store, One, Log);
        store.SaveSnapshot(One, new SnapshotMark(Last, 1, Members), Bytes(10));
        // Sealed in the background, and only then found to be sparse.
        store.Reclaim(One, Live);
    }

    /// <summary>Does what the group would do, in parts of a few entries, until there is nothing left to do.</summary>
    /// <returns>Parts that it took.</returns>
    private static int RewriteAll(
        FasterLogStore store, GroupId group, IReadOnlyCollection<long> live, int most = 3, int parts = int.MaxValue)
    {
        int done = 0;
        while (done < parts && Find(store, group, live) is { } run)
        {
            done++;
            long[] next = [.. live.Where(index => index >= run.First && index <= run.Last).Take(most)];
            long upTo = next.Length < most ? run.Last : next[^1];
            store.Rewrite(group, run, upTo, [.. next.Select(index => Trimmed(index))], next.Length * 256);
        }

        return done;
    }

    /// <summary>Segments are sealed beside the writer, so the word is repeated.</summary>
    private static SparseRun? Find(FasterLogStore store, GroupId group, IReadOnlyCollection<long> live)
    {
        for (int look = 0; look < 50; look++)
        {
            if (store.FindSparse(group) is { } run)
                return run;
            store.Reclaim(group, [.. live]);
            Thread.Sleep(2);
        }

        return null;
    }

    private static void AssertLive(FasterLogStore store, IEnumerable<long> trimmed, IEnumerable<long> whole)
    {
        foreach (long index in trimmed)
            AssertEntries(store, One, Trimmed(index));
        foreach (long index in whole)
            AssertEntries(store, One, EntryAt(index, 1, bytes: 1000));
    }

    /// <summary>They may have moved or not.</summary>
    private static void AssertEither(FasterLogStore store, IEnumerable<long> live)
    {
        foreach (long index in live)
        {
            bool isTrimmed = store.Read(One, index, index, int.MaxValue)[0].Payload.Length == 40;
            AssertLive(store, isTrimmed ? [index] : [], isTrimmed ? [] : [index]);
        }
    }

    [Fact]
    public async Task What_lies_within_the_newest_bytes_can_be_asked_for_while_segments_begin()
    {
        await using FasterLogStore store = Open();
        using var written = new CancellationTokenSource();
        Task asking = Task.Run(() =>
        {
            while (!written.IsCancellationRequested)
                Assert.InRange(store.FirstWithin(One, 100_000), 1, 3_001);
        });

        for (int i = 0; i < 300; i++)
            Store(store, One, Entries(1 + i * 10, 10, bytes: 6_000));
        await written.CancelAsync();

        await asking;
    }

    [Fact]
    public async Task Sparse_segments_are_emptied_and_go_and_what_lived_in_them_is_found()
    {
        await using (FasterLogStore store = Open())
        {
            Fill(store);
            long before = store.DiskBytes;
            Assert.InRange(before, 600_000, long.MaxValue);
            int parts = RewriteAll(store, One, Live);
            Assert.InRange(parts, Live.Length / 3, 100);
            // All but the entries of the segment that is being written.
            Assert.InRange(store.DiskBytes, 0, 3 * 65536);
            AssertEntries(store, One, Trimmed(30));
            Assert.Throws<LogStoreException>(() => store.Read(One, 31, 31, 1));
            Assert.True(store.TryGetTerm(One, 30, out long term));
            Assert.Equal(1, term);
            Store(store, One, Entries(Last + 1, 5, term: 2));
        }

        await using FasterLogStore again = Open();
        Assert.Equal((Last + 5, 1), (again.Recovered[One].LastIndex, again.Recovered[One].HardState.Term + 1));
        AssertEntries(again, One, Trimmed(30));
        AssertEntries(again, One, Entries(Last + 1, 5, term: 2));
        Assert.InRange(again.Recovered[One].FirstIndex, Last - 60, Last + 1);
    }

    [Fact]
    public async Task One_live_entry_costs_its_own_size_and_not_a_segment()
    {
        await using FasterLogStore store = Open();
        Store(store, Two, EntryAt(1, 1, bytes: 100));
        store.SaveSnapshot(Two, new SnapshotMark(1, 1, Members), Bytes(10));
        store.Reclaim(Two, [1]);
        long first = 1;
        for (int round = 0; round < 20; round++, first += 100)
        {
            Store(store, One, Entries(first, 100, bytes: 1000));
            store.SaveSnapshot(One, new SnapshotMark(first + 99, 1, Members), Bytes(10));
            store.Reclaim(One, []);
            if (Find(store, Two, [1]) is { } run)
                store.Rewrite(Two, run, run.Last, [EntryAt(1, 1, bytes: 100)], 256);
        }

        AssertEntries(store, Two, EntryAt(1, 1, bytes: 100));
        Assert.InRange(store.DiskBytes, 0, 4 * 65536);
    }

    [Fact]
    public async Task A_segment_that_is_a_quarter_live_or_more_stays_where_it_is()
    {
        await using FasterLogStore store = Open();
        Store(store, One, Log);
        store.SaveSnapshot(One, new SnapshotMark(Last, 1, Members), Bytes(10));
        long[] live = [.. Enumerable.Range(1, Last).Where(i => i % 3 == 0).Select(i => (long)i)];
        Assert.Null(Find(store, One, live));
        // But it goes while space is short.
        store.IsShort = true;
        Assert.NotNull(Find(store, One, live));
    }

    [Fact]
    public async Task What_is_kept_as_a_log_does_not_move()
    {
        await using FasterLogStore store = Open();
        Store(store, One, Log);
        store.SaveSnapshot(One, new SnapshotMark(Last, 1, Members), Bytes(10));
        for (int look = 0; look < 20; look++)
        {
            store.Reclaim(One, Live, wholeFrom: 5);
            Assert.Null(store.FindSparse(One));
            Thread.Sleep(2);
        }

        Assert.NotNull(Find(store, One, Live));
    }

    [Fact]
    public async Task What_was_held_to_be_small_and_is_not_stays_after_a_part_of_it_has_moved()
    {
        await using FasterLogStore store = Open();
        // Many small entries are dead, a few large ones live: by number they are next to nothing.
        Entry[] log = [.. Enumerable.Range(1, Last).Select(i => EntryAt(i, 1, i % 10 == 0 ? 4000 : 20))];
        long[] live = [.. log.Where(entry => entry.Index % 10 == 0).Select(entry => entry.Index)];
        Store(store, One, log);
        store.SaveSnapshot(One, new SnapshotMark(Last, 1, Members), Bytes(10));
        int parts = 0;
        while (Find(store, One, live) is { } run)
        {
            long next = live.First(index => index >= run.First);
            store.Rewrite(One, run, next, [log[next - 1]], 256);
            Assert.InRange(++parts, 1, live.Length - 1);
        }

        foreach (long index in live)
            AssertEntries(store, One, log[index - 1]);
    }

    [Fact]
    public async Task Rewritten_entries_are_rewritten_again_and_join_those_of_other_segments()
    {
        FasterLogStore store = Open();
        Fill(store);
        RewriteAll(store, One, Live);
        long first = Last + 1;
        for (int round = 0; round < 3; round++, first += Last)
        {
            Store(store, One, Entries(first, Last, bytes: 1000));
            store.SaveSnapshot(One, new SnapshotMark(first + Last - 1, 1, Members), Bytes(10));
            RewriteAll(store, One, Live, most: 7);
            AssertLive(store, Live, []);
            await store.DisposeAsync();
            store = Open();
            AssertLive(store, Live, []);
        }

        store.Reclaim(One, Live);
        await store.DisposeAsync();
        store = Open();
        RewriteAll(store, One, Live);
        AssertLive(store, Live, []);
        Assert.InRange(store.DiskBytes, 0, 5 * 65536);
        await store.DisposeAsync();
    }

    [Fact]
    public async Task A_rewrite_of_a_log_that_was_replaced_changes_nothing()
    {
        await using FasterLogStore store = Open();
        Fill(store);
        SparseRun run = Find(store, One, Live)!.Value;
        store.Stage(One, [EntryAt(30, 2)]);
        store.Install(One, new SnapshotMark(1000, 2, Members), Bytes(10));
        store.Rewrite(One, run, run.Last, [.. Live.Where(i => i >= run.First && i <= run.Last).Select(i => Trimmed(i))], 256);
        AssertEntries(store, One, EntryAt(30, 2));
        Assert.Throws<LogStoreException>(() => store.Read(One, 60, 60, 1));
    }

    [Fact]
    public async Task Readers_follow_entries_that_move_under_their_hands()
    {
        await using FasterLogStore store = Open();
        Fill(store);
        using var stop = new CancellationTokenSource();
        Task<int> reading = Task.Run(() =>
        {
            int reads = 0;
            for (; !stop.IsCancellationRequested; reads++)
            {
                long index = Live[reads % Live.Length];
                Entry read = store.Read(One, index, index, int.MaxValue)[0];
                Assert.True(read.Payload.Length is 40 or 1000);
            }

            return reads;
        });
        RewriteAll(store, One, Live, most: 1);
        await stop.CancelAsync();
        Assert.InRange(await reading, 1, int.MaxValue);
        AssertEither(store, Live);
    }

    /// <summary>The disk fails at each write in turn, from the first part on; what is left is opened again.</summary>
    [Fact]
    public async Task A_crash_at_any_write_of_rewriting_loses_nothing()
    {
        bool finished = false;
        for (int failAt = 0; !finished; failAt++)
        {
            using var disk = new TemporaryDirectory();
            LogStoreOptions options = Small with { Directory = disk.Path };
            var sink = new FaultySink();
            FasterLogStore store = FasterLogStore.Open(options, sink);
            Fill(store);
            var moved = new HashSet<long>();
            try
            {
                sink.FailAfter(failAt);
                while (Find(store, One, Live) is { } run)
                {
                    long[] next = [.. Live.Where(index => index >= run.First && index <= run.Last).Take(2)];
                    long upTo = next.Length < 2 ? run.Last : next[^1];
                    store.Rewrite(One, run, upTo, [.. next.Select(index => Trimmed(index))], 512);
                    moved.UnionWith(next);
                }

                finished = true;
            }
            catch (LogStoreException)
            {
                Assert.InRange(failAt, 0, 500);
            }

            await store.DisposeAsync();
            sink.Heal();
            await using FasterLogStore again = FasterLogStore.Open(options, sink);
            Assert.Equal(Last, again.Recovered[One].LastIndex);
            AssertLive(again, moved, []);
            AssertEither(again, Live.Except(moved));

            RewriteAll(again, One, Live);
            AssertLive(again, Live, []);
            Assert.InRange(again.DiskBytes, 0, 5 * 65536);
        }
    }

    [Fact]
    public async Task A_crash_between_the_move_and_the_end_of_the_old_segment_leaves_the_new_place()
    {
        FasterLogStore store = Open();
        Fill(store);
        SparseRun run = Find(store, One, Live)!.Value;
        string old = Segment.PathOf(Disk.Segments, run.Segment);
        byte[] content = await File.ReadAllBytesAsync(old);
        long[] moved = [.. Live.Where(index => index >= run.First && index <= run.Last)];
        store.Rewrite(One, run, run.Last, [.. moved.Select(index => Trimmed(index))], moved.Length * 256);
        await store.DisposeAsync();
        Assert.False(File.Exists(old));
        // As if the unlink had never reached the disk.
        await File.WriteAllBytesAsync(old, content);

        store = Open();
        AssertLive(store, moved, Live.Except(moved));
        Assert.False(File.Exists(old));
        await store.DisposeAsync();
    }

    [Fact]
    public async Task The_newest_entries_of_a_group_are_told_by_how_much_was_written_since()
    {
        await using FasterLogStore store = Open();
        Store(store, Two, Entries(1, 3));
        Assert.Equal(1, store.FirstWithin(Two, 1 << 20));
        Store(store, One, Entries(1, 300, bytes: 1000));
        Store(store, Two, Entries(4, 3));
        Assert.Equal(1, store.FirstWithin(Two, 1 << 20));
        Assert.Equal(4, store.FirstWithin(Two, 100_000));
        Store(store, One, Entries(301, 300, bytes: 1000));
        Assert.Equal(7, store.FirstWithin(Two, 100_000));
        Assert.Equal(1, store.FirstWithin(new GroupId(9), 100_000));
    }
}
