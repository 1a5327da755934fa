using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>
/// One queue's part of the replicated state: its rows and what is settled of them (here), who has strictly
/// checked out or delayed what, and who is attached.
/// </summary>
internal sealed partial class QueueState
{
    private readonly LiveEntries _live;
    private readonly BlockList _blocks;
    private readonly SpareRows _spare;
    private readonly int _rowsPerBlock;

    /// <summary>Nothing below it is unsettled; a hint that only saves searching.</summary>
    private long _unsettledHint;

    public QueueState(
        NewQueue definition, LiveEntries live, RowCache? rows, SpareRows spare, int rowsPerBlock)
    {
        _live = live;
        _spare = spare;
        _rowsPerBlock = rowsPerBlock;
        _blocks = new BlockList(definition.Id, rows);
        Definition = definition;
        _deadlines = new DueHeap(
            sequence => Find(sequence) is { CheckOut: not 0 } found ? found.DeadlineMs : -1);
        _delays = new DueHeap(
            sequence => Find(sequence) is { DelayDueMs: not 0 } found ? found.DelayDueMs : -1);
    }

    public NewQueue Definition { get; private set; }

    public QueueId Id => Definition.Id;

    public QueueSettings Settings => Definition.Settings;

    /// <summary>The next message's number.</summary>
    public long NextSequence { get; private set; }

    /// <summary>Messages neither settled nor dropped, whoever holds them.</summary>
    public long Unsettled { get; private set; }

    /// <summary>Their bodies, as far as they were stored while the queue had a byte limit.</summary>
    public long UnsettledBytes { get; private set; }

    /// <summary>Settled rows at or above it are kept for rewind.</summary>
    public long RewindFloor { get; private set; }

    /// <summary>Settled messages that a rewind can bring back.</summary>
    public long Rewindable { get; private set; }

    /// <summary>Messages below it may have been handed to eager consumers.</summary>
    public long DeliveredMark { get; private set; }

    /// <summary>Log time at which the machine has this queue on its list of due ones; not state.</summary>
    public long ScheduledMs { get; set; } = long.MaxValue;

    public bool CountsBytes => Settings.MaxBytes is not null;

    /// <summary>Adds a message at the end.</summary>
    /// <param name="unit">Where its unit or its overlay is stored.</param>
    /// <param name="nowMs">Log time.</param>
    /// <param name="ttlMs">Its own time to live; -1 = none.</param>
    /// <param name="bodyBytes">Counted if the queue has a byte limit.</param>
    /// <param name="tag">Hash of its tag; null = none is kept.</param>
    /// <returns>Its number.</returns>
    public long Append(UnitRef unit, long nowMs, long ttlMs, long bodyBytes, int? tag = null)
    {
        RowBlock? block = _blocks.Count == 0 ? null : _blocks[_blocks.Count - 1];
        if (block is null || !block.HasRoom(nowMs, _rowsPerBlock))
            _blocks.Add(block = new RowBlock(NextSequence));
        Widen(block);
        block.Add(unit, nowMs, ttlMs, CountsBytes ? (int)bodyBytes : -1, tag);
        Unsettled++;
        if (CountsBytes)
            UnsettledBytes += bodyBytes;
        return NextSequence++;
    }

    /// <summary>
    /// The first unsettled message at or after a number; <see cref="NextSequence"/> when there is none.
    /// </summary>
    public long NextUnsettled(long sequence)
    {
        for (int position = _blocks.PositionOf(sequence); position < _blocks.Count; position++)
        {
            RowBlock block = _blocks[position];
            int offset = block.NextUnsettled((int)Math.Max(0, sequence - block.First));
            if (offset < block.Count)
                return block.First + offset;
        }

        return NextSequence;
    }

    /// <summary>The oldest unsettled message; <see cref="NextSequence"/> when there is none.</summary>
    public long FirstUnsettled => _unsettledHint = NextUnsettled(_unsettledHint);

    public bool IsUnsettled(long sequence) =>
        sequence >= 0 && TryFind(sequence, out RowBlock? block, out int offset) && !block!.IsSettled(offset);

    /// <summary>Row, store time and body bytes of a message that is still there.</summary>
    public (Row Row, long TimeMs, int Bytes) Read(long sequence)
    {
        Invariant.Check(TryFind(sequence, out RowBlock? block, out int offset), "a message has no row");
        _blocks.Load(block!);
        return (block![offset], block.TimeMs(offset), block.SizeOf(offset));
    }

    /// <summary>Hash of a present message's tag; 0 = it has none.</summary>
    public int TagOf(long sequence)
    {
        Invariant.Check(TryFind(sequence, out RowBlock? block, out int offset), "a message has no row");
        return _blocks.Load(block!).TagOf(offset);
    }

    /// <summary>Ends a message's life in the queue.</summary>
    /// <param name="sequence">Its number.</param>
    /// <param name="dropped">No rewind brings it back.</param>
    /// <returns>False when it had ended before.</returns>
    public bool Settle(long sequence, bool dropped)
    {
        if (sequence < 0
            || !TryFind(sequence, out RowBlock? block, out int offset)
            || block!.IsSettled(offset))
        {
            return false;
        }

        int bytes = _blocks.SizeOf(block, offset);
        if (_exceptional.Count > 0)
            Forget(sequence, bytes);
        block.Settle(offset, dropped);
        Unsettled--;
        UnsettledBytes -= bytes;
        if (!dropped && KeepsForRewind(sequence))
            Rewindable++;
        else
            _live.Release(_blocks.Load(block)[offset].Index);
        FreeIfDone(block);
        return true;
    }

    public void Mark(long upTo) => DeliveredMark = Math.Max(DeliveredMark, upTo);

    public void Change(QueueSettings settings)
    {
        bool keptBefore = Settings.RewindMs > 0;
        if (keptBefore && settings.RewindMs <= 0)
            MoveRewindFloor(long.MaxValue, int.MaxValue);
        if (!keptBefore && settings.RewindMs > 0)
            RewindFloor = NextSequence;
        Definition = Definition with { Settings = settings };
    }

    /// <summary>Releases settled messages that are too old to be rewound to.</summary>
    /// <param name="limitMs">Messages stored at or before this log time are too old.</param>
    /// <param name="most">Rows to look at, at most.</param>
    /// <returns>Rows looked at.</returns>
    public int MoveRewindFloor(long limitMs, int most)
    {
        int seen = 0;
        while (seen < most && RewindFloor < NextSequence)
        {
            if (!TryFind(RewindFloor, out RowBlock? block, out int offset))
            {
                int position = _blocks.PositionOf(RewindFloor);
                RewindFloor = position < _blocks.Count ? _blocks[position].First : NextSequence;
                continue;
            }

            // Of most blocks the first and the last row tell.
            if (block!.BaseMs > limitMs
                || (block.LastMs > limitMs && _blocks.Load(block).TimeMs(offset) > limitMs))
            {
                break;
            }

            if (block.IsSettled(offset) && !block.IsDropped(offset))
            {
                Rewindable--;
                _live.Release(_blocks.Load(block)[offset].Index);
            }

            RewindFloor++;
            seen++;
            if (RewindFloor == block.End)
                FreeIfDone(block);
        }

        return seen;
    }

    /// <summary>Makes settled messages ready again, however they were settled; not dropped ones.</summary>
    /// <param name="fromMs">Messages stored at or after this log time.</param>
    /// <param name="rewound">Gets the ranges that came back, ascending.</param>
    public void Rewind(long fromMs, List<SequenceRange> rewound)
    {
        for (int position = _blocks.PositionOf(RewindFloor); position < _blocks.Count; position++)
        {
            RowBlock block = _blocks[position];
            if (block.SettledCount == 0 || block.LastMs < fromMs)
                continue;
            int first = block.BaseMs >= fromMs ? 0 : _blocks.Load(block).FirstAt(fromMs);
            for (int offset = (int)Math.Max(first, RewindFloor - block.First); offset < block.Count; offset++)
            {
                if (!block.IsSettled(offset) || block.IsDropped(offset))
                    continue;
                block.Unsettle(offset);
                Unsettled++;
                UnsettledBytes += _blocks.SizeOf(block, offset);
                Rewindable--;
                SequenceRanges.Append(rewound, block.First + offset);
            }
        }

        if (rewound.Count > 0)
            _unsettledHint = Math.Min(_unsettledHint, rewound[0].First);
    }

    /// <summary>Gives back every reference; the queue is deleted.</summary>
    public void ReleaseAll()
    {
        for (int position = 0; position < _blocks.Count; position++)
        {
            RowBlock block = _blocks[position];
            for (int offset = 0; offset < block.Count; offset++)
            {
                if (Refers(block, offset))
                    _live.Release(_blocks.Load(block)[offset].Index);
            }
        }

        _blocks.Clear();
    }

    /// <summary>Adds the units that its messages stand for.</summary>
    public void FindLive(LiveSlots live)
    {
        for (int position = 0; position < _blocks.Count; position++)
        {
            RowBlock block = _blocks[position];
            if (!live.Overlaps(block.LowestIndex, block.HighestIndex))
                continue;
            for (int offset = 0; offset < block.Count; offset++)
            {
                if (Refers(block, offset))
                    live.Add(_blocks.Load(block)[offset].UnitRef);
            }
        }
    }

    /// <summary>Whether a row has a reference on its entry.</summary>
    private bool Refers(RowBlock block, int offset) => !block.IsSettled(offset)
        || (!block.IsDropped(offset) && KeepsForRewind(block.First + offset));

    private bool KeepsForRewind(long sequence) => Settings.RewindMs > 0 && sequence >= RewindFloor;

    private bool TryFind(long sequence, out RowBlock? block, out int offset)
    {
        int position = _blocks.PositionOf(sequence);
        block = position < _blocks.Count ? _blocks[position] : null;
        offset = block is null ? 0 : (int)Math.Max(-1, sequence - block.First);
        return block is not null && offset >= 0;
    }

    private void FreeIfDone(RowBlock block)
    {
        if (block.SettledCount < block.Count || (Settings.RewindMs > 0 && RewindFloor < block.End))
            return;
        Row[]? rows = block.WholeRows;
        int position = _blocks.PositionOf(block.First);
        if (position == _blocks.Count - 1 && !block.IsSealed)
            block.Reset(NextSequence);
        else
            _blocks.RemoveAt(position);
        _spare.Give(rows);
    }

    /// <summary>A block that has outgrown what an idle queue keeps gets all of its rows at once, if some are
    /// spare.</summary>
    private void Widen(RowBlock block)
    {
        if (block.IsOutgrown && _spare.Take() is { } rows)
            block.Widen(rows);
    }
}
