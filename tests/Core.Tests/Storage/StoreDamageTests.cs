using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Storage;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Storage;

/// <summary>What a disk can do to a closed store, and what opening or reading it then says.</summary>
public sealed class StoreDamageTests : StoreTest
{
    private async Task<List<string>> Fill(int entries)
    {
        await using FasterLogStore store = Open();
        for (int i = 1; i <= entries; i++)
            Store(store, One, EntryAt(i, 1, 1000));
        return [.. Disk.WrittenSegments];
    }

    /// <summary>Offset of the frame that holds the n-th kilobyte entry of the first segment.</summary>
    private static long FrameAt(string path, int number)
    {
        byte[] bytes = File.ReadAllBytes(path);
        int at = 0;
        for (int seen = 0; ; at += 4)
        {
            if (BitConverter.ToUInt32(bytes, at) == FrameHeader.Magic
                && bytes[at + 5] == (byte)FrameKind.Entries && ++seen == number)
            {
                return at;
            }
        }
    }

    [Fact]
    public async Task A_flipped_byte_in_a_sealed_segment_is_found_when_it_is_read()
    {
        List<string> files = await Fill(200);
        FlipByte(files[0], FrameAt(files[0], 5) + 500);

        await using FasterLogStore store = Open();
        AssertEntries(store, One, Entries(1, 4, bytes: 1000));
        var e = Assert.Throws<StoreDamageException>(() => store.Read(One, 5, 5, int.MaxValue));
        Assert.Contains("damaged", e.Message, StringComparison.Ordinal);
        AssertEntries(store, One, Entries(6, 195, bytes: 1000));
    }

    [Theory]
    [InlineData(-4)] // FASTER's length word
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(20)]
    [InlineData(700)]
    public async Task A_flipped_byte_in_the_middle_of_the_open_segment_is_not_taken_for_its_end(int at)
    {
        List<string> files = await Fill(20);
        FlipByte(files[^1], FrameAt(files[^1], 5) + at);

        var e = Assert.Throws<StoreDamageException>(Open);
        Assert.Contains("damaged", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_zeroed_page_in_the_middle_of_the_open_segment_is_not_taken_for_its_end()
    {
        List<string> files = await Fill(40);
        using (FileStream file = File.OpenWrite(files[^1]))
        {
            file.Position = 8192;
            file.Write(new byte[8192]);
        }

        Assert.Throws<StoreDamageException>(Open);
    }

    [Fact]
    public async Task A_damaged_start_of_the_open_segment_is_not_taken_for_an_unused_file()
    {
        List<string> files = await Fill(20);
        FlipByte(files[^1], 40);
        Assert.Throws<StoreDamageException>(Open);
    }

    [Fact]
    public async Task A_damaged_last_sealed_segment_is_found_although_an_unused_file_follows()
    {
        List<string> files = await Fill(20);
        await using (Open())
        {
            Assert.True(File.Exists(files[0]));
        }

        File.Delete(Disk.WrittenSegments[^1]);
        FlipByte(files[0], FrameAt(files[0], 20) + 100);
        Assert.Throws<StoreDamageException>(Open);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(30)]
    [InlineData(400)]
    [InlineData(1000)]
    public async Task A_torn_last_frame_is_cut_and_the_store_goes_on(int bytesLeft)
    {
        List<string> files = await Fill(20);
        long end = FrameAt(files[^1], 20) + bytesLeft;
        using (FileStream file = File.OpenWrite(files[^1]))
            file.SetLength(end);

        await using (FasterLogStore store = Open())
        {
            Assert.Equal(new RecoveredGroup(default, null, 1, 19), store.Recovered[One]);
            Store(store, One, EntryAt(20, 2));
        }

        await using FasterLogStore again = Open();
        AssertEntries(again, One, [.. Entries(1, 19, bytes: 1000), EntryAt(20, 2)]);
    }

    /// <summary>The pages of one commit may reach a disk in any order; what was never acknowledged may
    /// go.</summary>
    [Fact]
    public async Task A_later_frame_of_the_same_torn_commit_is_cut_off_and_is_no_damage()
    {
        await using (FasterLogStore store = Open())
        {
            Store(store, One, Entries(1, 3));
            Store(store, One, Entries(4, 10, bytes: 2000));
        }

        string file = Disk.WrittenSegments[^1];
        FlipByte(file, FrameAt(file, 3) + 30);

        await using FasterLogStore again = Open();
        long last = again.Recovered[One].LastIndex;
        Assert.InRange(last, 3, 12);
        Store(again, One, EntryAt(last + 1, 7));
        Assert.Throws<LogStoreException>(() => again.Read(One, last + 2, last + 2, 1));
    }

    [Fact]
    public async Task A_frame_of_an_older_incarnation_or_sequence_ends_the_scan()
    {
        List<string> files = await Fill(20);
        byte[] bytes = File.ReadAllBytes(files[^1]);
        int first = (int)FrameAt(files[^1], 1) - 4, last = (int)FrameAt(files[^1], 20) - 4;
        // A whole, valid frame of the same segment that stands where it does not belong.
        bytes.AsSpan(first, 1084).CopyTo(bytes.AsSpan(last));
        await File.WriteAllBytesAsync(files[^1], bytes);

        await using FasterLogStore store = Open();
        Assert.Equal(19, store.Recovered[One].LastIndex);
        AssertEntries(store, One, Entries(1, 19, bytes: 1000));
    }

    [Fact]
    public async Task A_lost_segment_is_told_apart_from_a_released_one()
    {
        List<string> files = await Fill(200);
        File.Delete(files[1]);
        var e = Assert.Throws<StoreDamageException>(Open);
        Assert.Contains("lost", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_trailer_is_written_anew_from_the_frames()
    {
        List<string> files = await Fill(200);
        FlipByte(files[1], new FileInfo(files[1]).Length - 10);

        await using FasterLogStore store = Open();
        AssertEntries(store, One, Entries(1, 200, bytes: 1000));
    }

    [Fact]
    public async Task A_damaged_index_map_is_found_when_it_is_loaded()
    {
        List<string> files = await Fill(200);
        FlipByte(files[1], new FileInfo(files[1]).Length - SegmentTrailer.Size - 10);

        await using FasterLogStore store = Open();
        Assert.Throws<StoreDamageException>(() => store.Read(One, 1, 200, int.MaxValue));
    }

    [Fact]
    public async Task A_file_of_another_store_is_refused_as_damage()
    {
        List<string> files = await Fill(200);
        using var other = new TemporaryDirectory();
        await using (FasterLogStore store = FasterLogStore.Open(Small with { Directory = other.Path }))
        {
            for (int i = 1; i <= 200; i++)
                Store(store, One, EntryAt(i, 1, 1000));
        }

        File.Copy(other.WrittenSegments[1], files[1], overwrite: true);
        Assert.Throws<StoreDamageException>(Open);
    }

    [Fact]
    public async Task Segments_without_the_identity_file_or_with_a_damaged_one_are_refused()
    {
        await Fill(5);
        string identity = Path.Combine(Disk.Path, "store");
        FlipByte(identity, 20);
        Assert.Throws<StoreDamageException>(Open);
        File.Delete(identity);
        Assert.Throws<StoreDamageException>(Open);
    }

    [Fact]
    public async Task Damage_that_a_read_finds_ends_the_store_for_good()
    {
        List<string> files = await Fill(200);
        FlipByte(files[0], FrameAt(files[0], 5) + 500);

        string found;
        await using (FasterLogStore store = Open())
        {
            var failed = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
            store.Failed += failure => failed.TrySetResult(failure);
            found = Assert.Throws<StoreDamageException>(() => store.Read(One, 5, 5, int.MaxValue)).Message;
            Assert.IsType<StoreDamageException>(await failed.Task.WaitAsync(TimeSpan.FromSeconds(30)));
            Assert.Throws<LogStoreException>(() => Store(store, One, EntryAt(201, 1)));
        }

        Assert.Contains("Entry 5 of group 1 in segment 1", found, StringComparison.Ordinal);
        // A start does not read that place.
        Assert.Equal(found, Assert.Throws<StoreDamageException>(Open).Message);
    }

    [Fact]
    public async Task A_check_finds_nothing_in_a_sound_store()
    {
        await FillWithSnapshot();
        await using FasterLogStore store = Open();
        store.CheckNow();
    }

    /// <summary>Frames, the map and the trailer of a sealed segment that nobody reads.</summary>
    [Theory]
    [InlineData(30_000, "is damaged")]
    [InlineData(-100, "The index map of sealed segment 1 is damaged")]
    [InlineData(-10, "The trailer of sealed segment 1 is damaged")]
    public async Task A_check_finds_a_flipped_byte_in_a_sealed_segment(long at, string expected)
    {
        List<string> files = await FillWithSnapshot();
        await using FasterLogStore store = Open();
        FlipByte(files[0], at < 0 ? new FileInfo(files[0]).Length + at : at);
        Assert.Contains(expected, Assert.Throws<StoreDamageException>(store.CheckNow).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Damage_that_a_check_finds_ends_the_store_for_good()
    {
        List<string> files = await FillWithSnapshot();
        string found;
        await using (FasterLogStore store = Open())
        {
            // A start would write that trailer anew.
            FlipByte(files[0], new FileInfo(files[0]).Length - 10);
            found = Assert.Throws<StoreDamageException>(store.CheckNow).Message;
            Assert.Throws<LogStoreException>(() => Store(store, One, EntryAt(201, 1)));
        }

        Assert.Equal(found, Assert.Throws<StoreDamageException>(Open).Message);
    }

    [Fact]
    public async Task A_check_finds_a_lost_segment()
    {
        List<string> files = await FillWithSnapshot();
        await using FasterLogStore store = Open();
        File.Delete(files[1]);
        Assert.Contains("Segment 2 is lost", Assert.Throws<StoreDamageException>(store.CheckNow).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("snapshots", "The snapshot of group 1 at 5 is damaged")]
    [InlineData("blocks", "is damaged: block 0 of queue 7")]
    public async Task A_check_finds_a_flipped_byte_in_a_snapshot_and_in_a_block(string folder, string expected)
    {
        await FillWithSnapshot();
        await using FasterLogStore store = Open();
        string file = Directory.GetFiles(Path.Combine(Disk.Path, folder)).Single();
        FlipByte(file, new FileInfo(file).Length - 20);
        Assert.Contains(expected, Assert.Throws<StoreDamageException>(store.CheckNow).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_flipped_byte_in_a_snapshot_is_found_when_the_state_is_read()
    {
        await FillWithSnapshot();
        string file = Directory.GetFiles(Disk.Snapshots).Single();
        FlipByte(file, new FileInfo(file).Length - 20);
        await using FasterLogStore store = Open();
        var damage = Assert.Throws<StoreDamageException>(() => store.TryReadSnapshot(One, out _, out _));
        Assert.Contains("The snapshot of group 1 at 5 is damaged", damage.Message, StringComparison.Ordinal);
    }

    /// <summary>Several sealed segments, what was staged in vain, and a snapshot that names a block.</summary>
    private async Task<List<string>> FillWithSnapshot()
    {
        List<string> files = await Fill(200);
        await using FasterLogStore store = Open();
        store.Blocks(One).Put(new BlockName(new QueueId(7), 0), new byte[3000]);
        using (IBlockSet blocks = store.Blocks(One).Capture())
            store.SaveSnapshot(One, new SnapshotMark(5, 1, Members), Bytes(2_000_000), blocks);
        store.Stage(Two, Entries(3, 100, bytes: 1000));
        store.DropStaged(Two);
        return files;
    }
}
