using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.InteropServices;
using Cmq.MultiProtocol.Host.Listeners;

namespace Cmq.MultiProtocol.Host.Tests.Listeners;

public sealed class BlockPoolTests : IDisposable
{
    private const int BlockBytes = 16 * 1024;
    private const int MaxBlocks = 3;
    private const int SmallBytes = 4096;

    private readonly BlockStock _stock = new(BlockBytes, MaxBlocks);
    private readonly SmallPool _small = new();

    public void Dispose() => _small.Dispose();

    [Fact]
    public void Large_blocks_are_lent_while_there_are_some_and_then_small_ones()
    {
        using var pool = new BlockPool(_stock, _small);

        List<IMemoryOwner<byte>> rented = [.. Enumerable.Range(0, MaxBlocks + 2).Select(_ => pool.Rent(2048))];

        Assert.Equal(
            [BlockBytes, BlockBytes, BlockBytes, SmallBytes, SmallBytes], rented.Select(block => block.Memory.Length));
        Assert.Equal(rented.Count, rented.Select(ArrayOf).Distinct().Count());
        rented[1].Dispose();
        Assert.Equal(BlockBytes, pool.Rent().Memory.Length);
        Assert.Equal(SmallBytes, pool.Rent().Memory.Length);
    }

    [Fact]
    public void Pools_of_one_stock_share_its_bound()
    {
        using var one = new BlockPool(_stock, _small);
        using var two = new BlockPool(_stock, _small);

        int[] sizes = [.. Enumerable.Range(0, 4).SelectMany(_ => new[] { one.Rent(), two.Rent() })
            .Select(block => block.Memory.Length)];

        Assert.Equal(MaxBlocks, sizes.Count(bytes => bytes == BlockBytes));
    }

    [Fact]
    public void The_block_that_came_back_is_lent_again()
    {
        IMemoryOwner<byte> first = _stock.TryRent()!;
        byte[] array = ArrayOf(first);
        first.Dispose();

        using IMemoryOwner<byte> second = _stock.TryRent()!;

        Assert.Same(array, ArrayOf(second));
        Assert.NotSame(first, second);
    }

    [Fact]
    public void A_block_given_back_twice_is_not_lent_to_two()
    {
        IMemoryOwner<byte> first = _stock.TryRent()!;
        first.Dispose();
        first.Dispose();

        IMemoryOwner<byte> second = _stock.TryRent()!;
        first.Dispose();
        IMemoryOwner<byte> third = _stock.TryRent()!;

        Assert.NotSame(ArrayOf(second), ArrayOf(third));
        Assert.Equal(2, _stock.LentBlocks);
    }

    [Fact]
    public void Who_gave_a_block_back_does_not_get_at_it_any_more()
    {
        IMemoryOwner<byte> block = _stock.TryRent()!;
        block.Dispose();

        Assert.Throws<ObjectDisposedException>(() => block.Memory);
    }

    [Fact]
    public async Task Of_many_at_once_no_two_have_the_same_block_and_no_more_exist_than_allowed()
    {
        var stock = new BlockStock(blockBytes: 64, MaxBlocks);

        await Task.WhenAll(Enumerable.Range(1, 8).Select(number => Task.Run(() =>
        {
            for (int i = 0; i < 5_000; i++)
            {
                using IMemoryOwner<byte>? block = stock.TryRent();
                if (block is null)
                    continue;
                block.Memory.Span.Fill((byte)number);
                Thread.Yield();
                Assert.False(block.Memory.Span.ContainsAnyExcept((byte)number));
            }
        })));

        Assert.Equal(0, stock.LentBlocks);
        Assert.Equal(MaxBlocks, Enumerable.Range(0, MaxBlocks + 1).Count(_ => stock.TryRent() is not null));
    }

    [Fact]
    public void More_than_a_small_block_in_one_piece_is_not_the_pools()
    {
        using var pool = new BlockPool(_stock, _small);

        Assert.Equal(SmallBytes, pool.MaxBufferSize);
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Rent(SmallBytes + 1));
        Assert.Equal(0, _stock.LentBlocks);
    }

    [Fact]
    public async Task A_pipe_carries_more_than_the_stock_has_and_gives_everything_back()
    {
        using var pool = new BlockPool(_stock, _small);
        var pipe = new Pipe(new PipeOptions(pool, pauseWriterThreshold: 0, useSynchronizationContext: false));
        byte[] sent = new byte[300_000];
        new Random(1).NextBytes(sent);

        for (int start = 0, piece; start < sent.Length; start += piece)
        {
            piece = start < 200_000 ? 1 + (start % 4_000) : sent.Length - start;
            sent.AsSpan(start, piece).CopyTo(pipe.Writer.GetSpan(piece));
            pipe.Writer.Advance(piece);
            await pipe.Writer.FlushAsync();
        }

        ReadResult read = await pipe.Reader.ReadAsync();
        Assert.Equal(sent, read.Buffer.ToArray());
        Assert.Equal(MaxBlocks, _stock.LentBlocks);
        pipe.Reader.AdvanceTo(read.Buffer.End);
        Assert.Equal(0, _stock.LentBlocks);
        Assert.Equal(0, _small.Lent);
    }

    [Fact]
    public void A_pool_that_ended_lends_nothing_and_what_it_lent_comes_back_to_the_stock()
    {
        var pool = new BlockPool(_stock, _small);
        IMemoryOwner<byte> lent = pool.Rent();

        pool.Dispose();

        Assert.True(_small.IsDisposed);
        Assert.Throws<ObjectDisposedException>(() => pool.Rent());
        Assert.Equal(BlockBytes, lent.Memory.Length);
        lent.Dispose();
        Assert.Equal(0, _stock.LentBlocks);
    }

    private static byte[] ArrayOf(IMemoryOwner<byte> block) =>
        MemoryMarshal.TryGetArray<byte>(block.Memory, out ArraySegment<byte> bytes) ? bytes.Array! : [];

    private sealed class SmallPool : MemoryPool<byte>
    {
        public int Lent { get; private set; }

        public bool IsDisposed { get; private set; }

        public override int MaxBufferSize => SmallBytes;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
        {
            Lent++;
            return new SmallBlock(this);
        }

        protected override void Dispose(bool disposing) => IsDisposed = true;

        private sealed class SmallBlock(SmallPool pool) : IMemoryOwner<byte>
        {
            public Memory<byte> Memory { get; } = new byte[SmallBytes];

            public void Dispose() => pool.Lent--;
        }
    }
}
