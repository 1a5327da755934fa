namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>The blocks of a queue, ascending, with gaps where whole blocks are done with.</summary>
internal sealed class BlockList
{
    private readonly List<RowBlock> _blocks = [];
    private int _head;

    public int Count => _blocks.Count - _head;

    public RowBlock this[int position] => _blocks[_head + position];

    public void Add(RowBlock block) => _blocks.Add(block);

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
}
