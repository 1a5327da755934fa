using System.Buffers;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Queues;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Queues;

public sealed class RowBlockTests
{
    private static byte[] BytesOf(RowBlock block)
    {
        var output = new ArrayBufferWriter<byte>();
        block.Write(output);
        return output.WrittenSpan.ToArray();
    }

    private static RowBlock Filled(Func<int, int?> tag, int rows = RowBlock.Capacity)
    {
        var block = new RowBlock(5_000);
        for (int i = 0; i < rows; i++)
            block.Add(new UnitRef(10 + i, i % 7), nowMs: 1_000 + i, ttlMs: -1, size: -1, tag(i));
        return block;
    }

    [Fact]
    public void Tags_are_kept_per_row_and_come_back_from_the_bytes()
    {
        RowBlock block = Filled(i => i * 31);

        byte[] bytes = BytesOf(block);
        var reader = new QueueCommandReader(bytes);
        RowBlock copy = RowBlock.Read(ref reader);
        reader.End();

        Assert.Equal(bytes, BytesOf(copy));
        for (int i = 0; i < RowBlock.Capacity; i++)
            Assert.Equal((i * 31, block[i]), (copy.TagOf(i), copy[i]));
    }

    [Fact]
    public void A_block_that_moved_into_used_rows_is_as_one_that_grew()
    {
        var used = new Row[RowBlock.Capacity];
        Array.Fill(used, new Row(Row.Pack(new UnitRef(99, 9)), 9, 9));
        var moved = new RowBlock(5_000);
        var grown = new RowBlock(5_000);
        for (int i = 0; i < RowBlock.Capacity - 1; i++)
        {
            Assert.Equal(i == 64, moved.IsOutgrown);
            if (i == 64)
                moved.Widen(used);
            foreach (RowBlock block in new[] { moved, grown })
                block.Add(new UnitRef(10 + i, i % 7), nowMs: 1_000 + i, ttlMs: -1, size: i, tag: i * 31);
        }

        Assert.Equal(BytesOf(grown), BytesOf(moved));
        Assert.Same(used, moved.WholeRows);
        Assert.Equal((grown.LowestIndex, grown.HighestIndex), (moved.LowestIndex, moved.HighestIndex));
    }

    [Fact]
    public void A_sealed_block_is_read_back_also_where_less_follows_than_it_has_rows()
    {
        RowBlock block = Filled(_ => null);
        block.Seal();

        byte[] bytes = BytesOf(block);
        var reader = new QueueCommandReader(bytes);
        RowBlock copy = RowBlock.Read(ref reader);
        reader.End();

        Assert.True(bytes.Length < RowBlock.Capacity);
        Assert.Equal((RowBlock.Capacity, block.LastMs), (copy.Count, copy.LastMs));
        Assert.Equal(bytes, BytesOf(copy));
    }

    [Fact]
    public void A_block_without_tags_says_zero_and_costs_nothing_for_them()
    {
        RowBlock without = Filled(_ => null), with = Filled(i => i + 1);

        Assert.Equal(0, without.TagOf(3));
        Assert.Equal(BytesOf(with).Length - (RowBlock.Capacity * sizeof(int)), BytesOf(without).Length);
    }

    [Fact]
    public void A_block_that_starts_anew_has_no_tags_of_before()
    {
        RowBlock block = Filled(i => i + 1, rows: 20);
        block.Reset(6_000);
        block.Add(new UnitRef(10, 0), nowMs: 1, ttlMs: -1, size: -1, tag: null);

        Assert.Equal(0, block.TagOf(0));
    }
}
