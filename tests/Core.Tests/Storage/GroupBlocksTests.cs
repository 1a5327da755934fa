using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Storage;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Storage;

/// <summary>Files of blocks: what a snapshot names is there after any crash, and nothing else stays for long.</summary>
public sealed class GroupBlocksTests : StoreTest
{
    private const int BlockBytes = 16 * 1024;

    private readonly RecordingBlockSink _sink = new();
    private FasterLogStore? _store;

    private FasterLogStore Node => _store!;

    private IGroupBlocks Blocks => Node.Blocks(One);

    private string[] Files => [.. Directory.GetFiles(Path.Combine(Disk.Path, "blocks")).Order()];

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _store?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        base.Dispose(disposing);
    }

    /// <summary>A file takes ten blocks.</summary>
    private async Task ReopenAsync()
    {
        if (_store is not null)
            await _store.DisposeAsync();
        _store = null;
        _sink.FailsToWrite = _sink.FailsToFlush = false;
        _store = FasterLogStore.Open(Small with { BlockFileBytes = 10 * (BlockBytes + 24) }, new FaultySink(), _sink);
    }

    private void Put(params int[] numbers)
    {
        foreach (int number in numbers)
            Blocks.Put(NameOf(number), BytesOf(number));
    }

    private void Forget(params int[] numbers)
    {
        foreach (int number in numbers)
            Blocks.Forget(NameOf(number));
    }

    private static int[] Numbers(int first, int count) => [.. Enumerable.Range(first, count)];

    private static BlockName NameOf(int number) => new(new QueueId(7), number * 1024L);

    private static byte[] BytesOf(int number)
    {
        byte[] bytes = new byte[BlockBytes];
        new Random(number).NextBytes(bytes);
        return bytes;
    }

    private void Save(long index)
    {
        using IBlockSet named = Blocks.Capture();
        Node.SaveSnapshot(One, new SnapshotMark(index, 1, Members), Bytes(100), named);
    }

    private void AssertBlocks(params int[] numbers)
    {
        foreach (int number in numbers)
            Assert.True(BytesOf(number).AsSpan().SequenceEqual(Blocks.Read(NameOf(number)).Span), $"block {number}");
    }

    [Fact]
    public async Task A_block_can_be_read_at_once_and_after_many_others()
    {
        await ReopenAsync();
        Put(1);
        Assert.Equal(0, _sink.Writes);
        AssertBlocks(1);
        Put(Numbers(2, 40));

        AssertBlocks(Numbers(1, 41));
        Assert.Equal(5, Files.Length);
        Assert.InRange(_sink.Writes, 1, 8);
        Assert.Equal(0, _sink.Flushes);
    }

    [Fact]
    public async Task What_a_snapshot_names_is_there_after_a_restart_and_the_rest_is_not()
    {
        await ReopenAsync();
        Store(Node, One, Entries(1, 20));
        Put(Numbers(0, 25));
        Forget(3, 24);
        Save(5);
        Put(Numbers(100, 30));

        await ReopenAsync();
        AssertBlocks([.. Numbers(0, 3), .. Numbers(4, 20)]);
        Assert.False(Blocks.Contains(NameOf(3)));
        Assert.False(Blocks.Contains(NameOf(100)));
        Assert.Equal(3, Files.Length);
        Put(100, 3);
        AssertBlocks(100, 3, 4);
    }

    /// <summary>Replay after a crash makes the same blocks again.</summary>
    [Fact]
    public async Task Torn_and_alien_bytes_behind_what_a_snapshot_names_do_no_harm()
    {
        await ReopenAsync();
        Store(Node, One, Entries(1, 20));
        Put(1, 2);
        Save(5);
        await Node.DisposeAsync();
        _store = null;
        await File.AppendAllBytesAsync(Files.Single(), BytesOf(3).AsMemory(0, 1000));
        await File.WriteAllBytesAsync(Path.Combine(Disk.Path, "blocks", "1-0000000099.blk"), BytesOf(4));

        await ReopenAsync();
        Assert.Single(Files);
        AssertBlocks(1, 2);
        Put(3);
        Save(6);
        await ReopenAsync();
        AssertBlocks(1, 2, 3);
    }

    [Fact]
    public async Task A_damaged_block_fails_the_store_instead_of_being_read()
    {
        await ReopenAsync();
        Store(Node, One, Entries(1, 20));
        Put(1, 2);
        Save(5);
        await ReopenAsync();
        var told = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        Node.Failed += e => told.TrySetResult(e);
        FlipByte(Files.Single(), 24 + BlockBytes + 24 + 5_000);

        AssertBlocks(1);
        Assert.Contains("damaged", Assert.Throws<StoreDamageException>(
            () => Blocks.Read(NameOf(2))).Message, StringComparison.Ordinal);
        Assert.Contains("damaged", (await told.Task).Message, StringComparison.Ordinal);
        Assert.Throws<LogStoreException>(() => Node.Append(new StoreWrite(One, null, Entries(21, 1), null)));
    }

    [Fact]
    public async Task A_block_in_the_place_of_another_is_damage()
    {
        await ReopenAsync();
        Store(Node, One, Entries(1, 20));
        Put(1, 2);
        Save(5);
        byte[] file = await File.ReadAllBytesAsync(Files.Single());
        int record = 24 + BlockBytes;
        file.AsSpan(0, record).CopyTo(file.AsSpan(record, record));
        await File.WriteAllBytesAsync(Files.Single(), file);

        Assert.Throws<StoreDamageException>(() => Blocks.Read(NameOf(2)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_lost_or_cut_file_that_a_snapshot_names_is_told_at_the_start(bool lost)
    {
        await ReopenAsync();
        Store(Node, One, Entries(1, 20));
        Put(1, 2);
        Save(5);
        await Node.DisposeAsync();
        _store = null;
        if (lost)
            File.Delete(Files.Single());
        else
            await File.WriteAllBytesAsync(Files.Single(), BytesOf(1));

        StoreDamageException refused = await Assert.ThrowsAsync<StoreDamageException>(ReopenAsync);
        Assert.Contains("lost or cut", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_blocks_are_durable_before_the_snapshot_that_names_them_is_there()
    {
        await ReopenAsync();
        Store(Node, One, Entries(1, 20));
        Put(Numbers(0, 25));
        long unwritten = -1;
        int snapshots = -1;
        _sink.Flushing = () =>
        {
            snapshots = Math.Max(snapshots, Directory.GetFiles(Disk.Snapshots).Length);
            unwritten = Math.Max(unwritten, 25 * (24L + BlockBytes) - Files.Sum(file => new FileInfo(file).Length));
        };
        Save(5);

        Assert.Equal((3, 0, 0), (_sink.Flushes, snapshots, unwritten));
        // What is durable already is not flushed again.
        Put(25);
        Save(6);
        Assert.Equal(4, _sink.Flushes);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_failed_write_fails_the_store_and_leaves_the_former_snapshot(bool whileFlushing)
    {
        await ReopenAsync();
        Store(Node, One, Entries(1, 20));
        Put(1);
        Save(5);
        (_sink.FailsToWrite, _sink.FailsToFlush) = (!whileFlushing, whileFlushing);
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Node.Failed += _ => told.TrySetResult();
        Put(2);

        Assert.Throws<LogStoreException>(() => Save(6));
        await told.Task;
        Assert.Throws<LogStoreException>(() => Node.Append(new StoreWrite(One, null, Entries(21, 1), null)));
        await ReopenAsync();
        Assert.Equal(5, Node.Recovered[One].Snapshot!.Index);
        AssertBlocks(1);
        Assert.False(Blocks.Contains(NameOf(2)));
    }

    [Fact]
    public async Task A_file_goes_when_no_block_in_it_is_live_and_no_snapshot_names_one()
    {
        await ReopenAsync();
        Store(Node, One, Entries(1, 20));
        Put(Numbers(0, 20));
        Forget(Numbers(0, 9));
        Put(20);
        Assert.Equal(3, Files.Length);
        Forget(9);
        Assert.Equal(2, Files.Length);

        Save(5);
        Forget(Numbers(10, 10));
        Assert.Equal(2, Files.Length);
        Save(6);
        Assert.Single(Files);
        AssertBlocks(20);
    }

    [Fact]
    public async Task A_captured_block_can_be_read_after_it_was_forgotten()
    {
        await ReopenAsync();
        Put(Numbers(0, 21));
        IBlockSet captured = Blocks.Capture();
        Forget(Numbers(0, 20));
        Assert.Equal(3, Files.Length);

        Assert.Equal(21, captured.Names.Count);
        for (int i = 0; i < captured.Names.Count; i++)
            Assert.True(BytesOf((int)(captured.Names[i].First / 1024)).AsSpan().SequenceEqual(captured.Read(i)));
        captured.Dispose();
        captured.Dispose();
        Assert.Single(Files);
    }

    [Fact]
    public async Task A_block_that_stays_does_not_keep_a_file_of_dead_ones()
    {
        await ReopenAsync();
        Store(Node, One, Entries(1, 20));
        Put(Numbers(0, 45));
        Forget([.. Numbers(0, 40).Where(number => number % 10 != 0)]);
        Assert.Equal(5, Files.Length);

        Save(5);
        Assert.Single(Files);
        await ReopenAsync();
        AssertBlocks(0, 10, 20, 30, 40, 41, 42, 43, 44);
    }

    [Fact]
    public async Task A_dropped_group_leaves_no_files_and_the_others_keep_theirs()
    {
        await ReopenAsync();
        Store(Node, One, Entries(1, 20));
        Put(Numbers(0, 15));
        Node.Blocks(Two).Put(NameOf(3), BytesOf(3));
        Save(5);
        Node.StageBlocks(One, [new Block(NameOf(9), BytesOf(9))]);
        Node.DropGroup(One);

        Assert.False(Blocks.Contains(NameOf(1)));
        Assert.Equal(BytesOf(3), Node.Blocks(Two).Read(NameOf(3)).ToArray());
        Assert.All(Files, file => Assert.StartsWith("2-", Path.GetFileName(file), StringComparison.Ordinal));
        await ReopenAsync();
        Assert.Empty(Files);
    }
}
