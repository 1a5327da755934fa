using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Storage;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Storage;

public sealed class FasterLogStoreTests : StoreTest
{
    /// <summary>Guards the pin of System.Interactive.Async below what FASTER 2.6.5 asks for.</summary>
    [Fact]
    public async Task The_pinned_package_opens_appends_commits_and_reopens()
    {
        await using (FasterLogStore store = FasterLogStore.Open(new LogStoreOptions { Directory = Disk.Path }))
        {
            Store(store, One, Entries(1, 10));
            AssertEntries(store, One, Entries(1, 10));
        }

        await using FasterLogStore again = FasterLogStore.Open(new LogStoreOptions { Directory = Disk.Path });
        AssertEntries(again, One, Entries(1, 10));
    }

    [Fact]
    public async Task A_new_store_gets_an_id_that_stays_and_counts_its_openings()
    {
        Guid id;
        await using (FasterLogStore store = Open())
        {
            id = store.StoreId;
            Assert.Equal(1, store.Incarnation);
            Assert.Empty(store.Recovered);
        }

        await using FasterLogStore again = Open();
        Assert.Equal(id, again.StoreId);
        Assert.Equal(2, again.Incarnation);
    }

    [Fact]
    public async Task Entries_and_hard_states_of_several_groups_survive_reopening()
    {
        var first = new HardState(3, new NodeId(2), 7);
        var second = new HardState(4, new NodeId(1), 9);
        await using (FasterLogStore store = Open())
        {
            Store(store, new StoreWrite(One, first, Entries(1, 20), null));
            Store(store, new StoreWrite(Two, first, Entries(1, 5, term: 2), null));
            Store(store, new StoreWrite(One, second, [], null));
        }

        await using FasterLogStore again = Open();
        Assert.Equal(new RecoveredGroup(second, null, 1, 20), again.Recovered[One]);
        Assert.Equal(new RecoveredGroup(first, null, 1, 5), again.Recovered[Two]);
        AssertEntries(again, One, Entries(1, 20));
        AssertEntries(again, Two, Entries(1, 5, term: 2));
    }

    [Fact]
    public async Task A_conflicting_suffix_is_superseded_also_when_fewer_entries_follow()
    {
        await using (FasterLogStore store = Open())
        {
            Store(store, One, Entries(1, 10));
            Store(store, One, Entries(6, 2, term: 2));

            AssertEntries(store, One, [.. Entries(1, 5), .. Entries(6, 2, term: 2)]);
            Assert.Throws<LogStoreException>(() => store.Read(One, 8, 8, int.MaxValue));
            Assert.False(store.TryGetTerm(One, 8, out _));
            Assert.True(store.TryGetTerm(One, 7, out long term));
            Assert.Equal(2, term);
        }

        await using FasterLogStore again = Open();
        Assert.Equal(new RecoveredGroup(default, null, 1, 7), again.Recovered[One]);
        AssertEntries(again, One, [.. Entries(1, 5), .. Entries(6, 2, term: 2)]);
    }

    [Fact]
    public async Task A_suffix_in_older_segments_is_superseded_from_a_newer_one()
    {
        await using (FasterLogStore store = Open())
        {
            for (int i = 0; i < 100; i++)
                Store(store, One, EntryAt(1 + i, 1, 3000));
            Assert.True(Disk.WrittenSegments.Length > 3);
            Store(store, One, Entries(10, 3, term: 5));
            AssertEntries(store, One, [EntryAt(9, 1, 3000), .. Entries(10, 3, term: 5)]);
        }

        await using FasterLogStore again = Open();
        Assert.Equal(new RecoveredGroup(default, null, 1, 12), again.Recovered[One]);
        AssertEntries(again, One, [EntryAt(9, 1, 3000), .. Entries(10, 3, term: 5)]);
        Store(again, One, Entries(13, 1, term: 5));
        AssertEntries(again, One, Entries(10, 4, term: 5));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(5000)]
    [InlineData(8000)]
    public async Task Entries_are_read_across_many_segments_sealed_and_open(int bytes)
    {
        Entry[] entries = Entries(1, 300, bytes: bytes);
        await using (FasterLogStore store = Open())
        {
            Store(store, One, entries);
            AssertEntries(store, One, entries);
        }

        for (int round = 0; round < 3; round++)
        {
            await using FasterLogStore again = Open();
            Assert.Equal(new RecoveredGroup(default, null, 1, 300 + round), again.Recovered[One]);
            AssertEntries(again, One, entries);
            Store(again, One, EntryAt(301 + round, 1));
        }
    }

    [Fact]
    public async Task Reading_stops_at_the_byte_limit_but_gives_at_least_one()
    {
        await using FasterLogStore store = Open();
        Store(store, One, Entries(1, 10, bytes: 1000));

        Assert.Single(store.Read(One, 1, 10, 1));
        Assert.Equal(3, store.Read(One, 2, 10, 3000).Count);
        Assert.Equal(2, store.Read(One, 4, 5, 1_000_000).Count);
        Assert.Throws<LogStoreException>(() => store.Read(One, 11, 11, 1));
        Assert.Throws<LogStoreException>(() => store.Read(Two, 1, 1, 1));
    }

    [Fact]
    public async Task Writes_become_durable_in_the_order_of_the_calls()
    {
        await using FasterLogStore store = Open();
        List<int> order = [];
        for (int i = 0; i < 2000; i++)
        {
            int number = i;
            store.Append(new StoreWrite(One, null, [EntryAt(i + 1, 1, 50)], () => order.Add(number)));
        }

        Store(store, One, EntryAt(2001, 1));
        Assert.Equal(Enumerable.Range(0, 2000), order);
    }

    [Fact]
    public async Task Entries_that_leave_a_gap_stop_the_store()
    {
        await using FasterLogStore store = Open();
        Store(store, One, Entries(1, 3));
        var e = Assert.Throws<LogStoreException>(() => Store(store, One, Entries(5, 1)));
        Assert.IsType<InvariantException>(e.InnerException);
    }

    [Fact]
    public async Task An_entry_larger_than_a_page_is_refused_and_harms_nothing()
    {
        await using FasterLogStore store = Open();
        Assert.Throws<LogStoreException>(() => store.Append(new StoreWrite(One, null, Entries(1, 1, bytes: 9000), null)));
        Store(store, One, Entries(1, 1));
        AssertEntries(store, One, Entries(1, 1));
    }

    [Fact]
    public async Task A_second_store_on_the_same_directory_is_refused()
    {
        await using FasterLogStore store = Open();
        var e = Assert.Throws<LogStoreException>(Open);
        Assert.Contains("in use by another process", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_can_be_appended_after_closing()
    {
        FasterLogStore store = Open();
        await store.DisposeAsync();
        Assert.Throws<LogStoreException>(() => store.Append(new StoreWrite(One, null, Entries(1, 1), null)));
    }

    [Fact]
    public async Task What_was_queued_is_durable_after_closing()
    {
        await using (FasterLogStore store = Open())
        {
            for (int i = 1; i <= 200; i++)
                store.Append(new StoreWrite(One, null, [EntryAt(i, 1, 1000)], null));
        }

        await using FasterLogStore again = Open();
        AssertEntries(again, One, Entries(1, 200, bytes: 1000));
    }

    [Fact]
    public async Task Settings_may_change_between_openings()
    {
        await using (FasterLogStore store = Open())
            Store(store, One, Entries(1, 100, bytes: 2000));
        await using (FasterLogStore store = FasterLogStore.Open(Small with { PageBits = 14, SegmentBits = 17, MemoryBits = 17 }))
        {
            AssertEntries(store, One, Entries(1, 100, bytes: 2000));
            Store(store, One, Entries(101, 100, bytes: 2000));
        }

        await using FasterLogStore again = Open();
        AssertEntries(again, One, Entries(1, 200, bytes: 2000));
    }
}
