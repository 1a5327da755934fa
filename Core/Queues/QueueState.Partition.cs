using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>The queue as a partition: numbered without a gap, read by offset, shortened at its front by age
/// only.</summary>
internal sealed partial class QueueState
{
    public bool IsPartition => Definition.IsPartition;

    /// <summary>First offset that is there; <see cref="NextSequence"/> when none is.</summary>
    public long MinOffset => FirstUnsettled;

    /// <summary>Adds a message at the end of a partition.</summary>
    /// <param name="unit">Where its unit or its overlay is stored.</param>
    /// <param name="nowMs">Log time.</param>
    /// <param name="position">Above all positions of the group so far.</param>
    /// <param name="tag">Hash of its tag; 0 = it has none.</param>
    /// <returns>Its offset.</returns>
    public long AppendAt(UnitRef unit, long nowMs, long position, int tag)
    {
        RowBlock? block = _blocks.Count == 0 ? null : _blocks[_blocks.Count - 1];
        if (block is null || !block.HasRoomAt(nowMs, position, _rowsPerBlock))
            _blocks.Add(block = new RowBlock(NextSequence));
        Widen(block);
        block.AddAt(unit, nowMs, position, tag);
        Unsettled++;
        return NextSequence++;
    }

    /// <summary>A message that is there.</summary>
    public PartitionRow RowAt(long offset)
    {
        (Row row, long timeMs, _) = Read(offset);
        TryFind(offset, out RowBlock? block, out _);
        return new PartitionRow(row.UnitRef, timeMs, block!.BasePosition + row.Ttl, TagOf(offset));
    }

    /// <summary>The first message that was stored at or after a log time; <see cref="NextSequence"/> when none
    /// was.</summary>
    public long OffsetOfTime(long timeMs) =>
        FirstOffset(block => block.BaseMs >= timeMs, offset => Read(offset).TimeMs >= timeMs);

    /// <summary>The message at a position; -1 when it is not here (any more).</summary>
    public long OffsetOfPosition(long position)
    {
        long offset = FirstOffset(
            block => block.BasePosition >= position, offset => RowAt(offset).Position >= position);
        return offset < NextSequence && RowAt(offset).Position == position ? offset : -1;
    }

    /// <summary>Times and positions ascend, so both are searched by halves: first among the blocks, whose rows need not
    /// be in memory, then in one block.</summary>
    private long FirstOffset(Func<RowBlock, bool> startsThere, Func<long, bool> isThere)
    {
        long low = MinOffset;
        if (low == NextSequence)
            return low;
        int first = _blocks.PositionOf(low);
        int position = first;
        for (int end = _blocks.Count; position < end;)
        {
            int middle = position + ((end - position) / 2);
            if (startsThere(_blocks[middle]))
                end = middle;
            else
                position = middle + 1;
        }

        // It is the first row of this block, or stands in the one before.
        long high = position < _blocks.Count ? Math.Max(low, _blocks[position].First) : NextSequence;
        if (position > first)
            low = Math.Max(low, _blocks[position - 1].First);
        while (low < high)
        {
            long middle = low + ((high - low) / 2);
            if (isThere(middle))
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }
}
