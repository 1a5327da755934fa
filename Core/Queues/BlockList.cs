using System.Buffers;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>
/// The blocks of a queue, ascending, with gaps where whole blocks are done with. The last one takes rows; those before it
/// are sealed if there is a cache for them, else they stay in memory, in the snapshot, too.
/// </summary>
/// <param name="queue">Names the blocks.</param>
/// <param name="cache">Where sealed blocks have their rows; null = all stays in memory.</param>
internal sealed class BlockList(QueueId queue, RowCache? cache)
{
    private readonly List<RowBlock> _blocks = [];
    private int _head;

    public int Count => _blocks.Count - _head;

    public RowBlock this[int position] => _blocks[_head + position];

    /// <summary>Adds a block at the end; the one before it gets no more rows.</summary>
    public void Add(RowBlock block)
    {
        if (cache is not null && Count > 0 && this[Count - 1] is { IsSealed: false } last)
            cache.Seal(NameOf(last), last);
        _blocks.Add(block);
    }

    /// <summary>The same block with its rows in memory; they may go when those of another block are read.</summary>
    public RowBlock Load(RowBlock block)
    {
        if (block.IsSealed)
            cache!.Load(NameOf(block), block);
        return block;
    }

    /// <summary>Body bytes of a row.</summary>
    public int SizeOf(RowBlock block, int offset) => block.HasSizes ? Load(block).SizeOf(offset) : 0;

    /// <summary>
    /// Position of the first block that ends above a sequence; <see cref="Count"/> when there is none.
    /// </summary>
    public int PositionOf(long sequence)
    {
        int low = 0;
        int high = Count;
        while (low < high)
        {
            int middle = low + ((high - low) / 2);
            if (this[middle].End > sequence)
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }

    public void RemoveAt(int position)
    {
        if (this[position].IsSealed)
            cache!.Forget(NameOf(this[position]), this[position]);
        if (position != 0)
        {
            _blocks.RemoveAt(_head + position);
            return;
        }

        // From the front nothing is moved until half of the list is empty.
        _blocks[_head++] = null!;
        if (_head * 2 > _blocks.Count)
        {
            _blocks.RemoveRange(0, _head);
            _head = 0;
        }
    }

    /// <summary>The queue is deleted.</summary>
    public void Clear()
    {
        while (Count > 0)
            RemoveAt(0);
    }

    public void Write(IBufferWriter<byte> output)
    {
        // An emptied last block is only kept memory.
        int count = Count;
        if (count > 0 && this[count - 1].Count == 0)
            count--;
        output.PutCount(count);
        for (int position = 0; position < count; position++)
            this[position].Write(output);
    }

    public void Read(ref QueueCommandReader input)
    {
        for (int count = input.ReadCount(); count > 0; count--)
        {
            RowBlock block = RowBlock.Read(ref input);
            Invariant.Check(!block.IsSealed || cache?.Has(NameOf(block)) == true,
                $"block {block.First} of queue {queue} is named by a snapshot and not there");
            Add(block);
        }
    }

    private BlockName NameOf(RowBlock block) => new(queue, block.First);
}
