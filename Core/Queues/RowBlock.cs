using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>
/// Up to 1,024 consecutive rows of a queue, and which of them are settled or dropped. A sealed block takes no more rows;
/// what it has of them may then be in the block store only (<see cref="RowCache"/>), and is loaded before it is read.
/// </summary>
internal sealed class RowBlock
{
    public const int Capacity = 1024;
    private const int FirstRows = 16;

    /// <summary>A drained block keeps its arrays up to this size, so that a queue that runs empty all the
    /// time allocates nothing, and a million idle queues hold little.</summary>
    private const int KeptRows = 64;

    private const int Words = Capacity / 64;

    private Row[] _rows = [];
    private bool _hasSizes;
    private int[]? _sizes;
    private int[]? _tags;
    private ulong[]? _settled;
    private ulong[]? _dropped;

    public RowBlock(long first)
    {
        First = first;
    }

    /// <summary>Sequence of the first row.</summary>
    public long First { get; private set; }

    public int Count { get; private set; }

    /// <summary>One above the last row's sequence.</summary>
    public long End => First + Count;

    public long BaseMs { get; private set; }

    /// <summary>In a partition: position of the first row.</summary>
    public long BasePosition { get; private set; }

    /// <summary>Lowest log index that a row points to; they mostly ascend, but a moved message points back.</summary>
    public long LowestIndex { get; private set; } = long.MaxValue;

    /// <summary>Highest log index that a row points to; below the lowest if there is no row.</summary>
    public long HighestIndex { get; private set; }

    /// <summary>When the last row was stored.</summary>
    public long LastMs { get; private set; }

    /// <summary>Rows that are settled or dropped.</summary>
    public int SettledCount { get; private set; }

    /// <summary>It takes no more rows, and the snapshot has it by its name.</summary>
    public bool IsSealed { get; private set; }

    /// <summary>The block store has its rows.</summary>
    public bool IsStored { get; private set; }

    /// <summary>Its rows are in memory.</summary>
    public bool IsLoaded => _rows.Length > 0 || Count == 0;

    /// <summary>Its place in the cache while it is sealed and loaded.</summary>
    public LinkedListNode<CachedRows>? Place { get; set; }

    /// <summary>Read since the cache last looked at it.</summary>
    public bool IsTouched { get; set; }

    /// <summary>Whether any row has a size; also known of a block that is not loaded.</summary>
    public bool HasSizes => IsSealed ? _hasSizes : _sizes is not null;

    /// <summary>The next row is the first one for which a drained block keeps no room. Not later: a block that grew by
    /// itself would take what the next one comes for.</summary>
    public bool IsOutgrown => Count == KeptRows && _rows.Length == KeptRows;

    /// <summary>The array of a block that has room for all of its rows; else null.</summary>
    public Row[]? WholeRows => _rows.Length == Capacity ? _rows : null;

    /// <summary>What its rows take in memory.</summary>
    public int LoadedBytes => (_rows.Length * Row.Bytes) + (((_sizes?.Length ?? 0) + (_tags?.Length ?? 0)) * sizeof(int));

    public ref readonly Row this[int offset] => ref _rows[offset];

    public long TimeMs(int offset) => BaseMs + _rows[offset].AgeMs;

    public int SizeOf(int offset) => _sizes is null ? 0 : _sizes[offset];

    /// <summary>Hash of the message's tag; 0 = it has none, or the block keeps no tags.</summary>
    public int TagOf(int offset) => _tags is null ? 0 : _tags[offset];

    public bool IsSettled(int offset) =>
        _settled is not null && (_settled[offset >> 6] >> (offset & 63) & 1) != 0;

    /// <summary>Settled in a way that no rewind brings back.</summary>
    public bool IsDropped(int offset) =>
        _dropped is not null && (_dropped[offset >> 6] >> (offset & 63) & 1) != 0;

    /// <param name="nowMs">Log time.</param>
    /// <param name="rows">Rows that it takes, at most <see cref="Capacity"/>.</param>
    public bool HasRoom(long nowMs, int rows = Capacity) =>
        !IsSealed && (Count == 0 || (Count < rows && nowMs - BaseMs <= uint.MaxValue));

    /// <summary>The same for a row of a partition.</summary>
    public bool HasRoomAt(long nowMs, long position, int rows = Capacity) =>
        HasRoom(nowMs, rows) && (Count == 0 || position - BasePosition <= uint.MaxValue);

    /// <param name="size">Body bytes; -1 = the queue does not count bytes.</param>
    /// <param name="tag">Hash of the message's tag; null = the queue keeps no tags.</param>
    public void Add(UnitRef unit, long nowMs, long ttlMs, int size, int? tag = null) =>
        Add(unit, nowMs, Row.PackTtl(ttlMs), size, tag);

    /// <summary>Adds a row of a partition.</summary>
    /// <param name="unit">Where its unit or its overlay is stored.</param>
    /// <param name="nowMs">Log time.</param>
    /// <param name="position">Above that of every row before it.</param>
    /// <param name="tag">Hash of the message's tag; 0 = it has none.</param>
    public void AddAt(UnitRef unit, long nowMs, long position, int tag)
    {
        if (Count == 0)
            BasePosition = position;
        Add(unit, nowMs, (uint)(position - BasePosition), size: -1, tag == 0 ? null : tag);
    }

    private void Add(UnitRef unit, long nowMs, uint ttl, int size, int? tag)
    {
        if (Count == _rows.Length)
            Grow();
        if (Count == 0)
            BaseMs = nowMs;
        LastMs = nowMs;
        Span(unit.Index);
        _rows[Count] = new Row(Row.Pack(unit), (uint)(nowMs - BaseMs), ttl);
        if (size >= 0)
        {
            _sizes ??= new int[_rows.Length];
            _sizes[Count] = size;
        }

        if (tag is { } hash)
        {
            _tags ??= new int[_rows.Length];
            _tags[Count] = hash;
        }

        Count++;
    }

    /// <summary>Moves into an array that has room for all rows.</summary>
    public void Widen(Row[] rows)
    {
        Invariant.Check(rows.Length == Capacity && IsOutgrown, "a block is widened once, by whole rows");
        _rows.AsSpan(0, Count).CopyTo(rows);
        _rows = rows;
        if (_sizes is not null)
            Array.Resize(ref _sizes, Capacity);
        if (_tags is not null)
            Array.Resize(ref _tags, Capacity);
    }

    public void Settle(int offset, bool dropped)
    {
        _settled ??= new ulong[Words];
        _settled[offset >> 6] |= 1UL << (offset & 63);
        SettledCount++;
        if (!dropped)
            return;
        _dropped ??= new ulong[Words];
        _dropped[offset >> 6] |= 1UL << (offset & 63);
    }

    public void Unsettle(int offset)
    {
        _settled![offset >> 6] &= ~(1UL << (offset & 63));
        SettledCount--;
    }

    /// <summary>
    /// Offset of the first unsettled row at or after one; <see cref="Count"/> when there is none.
    /// </summary>
    public int NextUnsettled(int offset)
    {
        if (_settled is null || offset >= Count)
            return Math.Min(offset, Count);
        int word = offset >> 6;
        ulong open = ~_settled[word] & (ulong.MaxValue << (offset & 63));
        while (open == 0)
        {
            if (++word == Words)
                return Count;
            open = ~_settled[word];
        }

        return Math.Min((word << 6) + BitOperations.TrailingZeroCount(open), Count);
    }

    /// <summary>Offset of the first row stored at or after a time; <see cref="Count"/> when there is none.</summary>
    public int FirstAt(long timeMs)
    {
        int low = 0, high = Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (TimeMs(middle) >= timeMs)
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }

    /// <summary>No row follows.</summary>
    public void Seal()
    {
        IsSealed = true;
        _hasSizes = _sizes.AsSpan().ContainsAnyExcept(0);
    }

    /// <summary>The block store has the rows now.</summary>
    public void Stored() => IsStored = true;

    /// <summary>Gives the memory of the rows back.</summary>
    public void Unload()
    {
        _rows = [];
        _sizes = null;
        _tags = null;
    }

    /// <summary>Starts anew as an empty block; every row was settled and released.</summary>
    public void Reset(long first)
    {
        First = first;
        Count = 0;
        SettledCount = 0;
        BaseMs = 0;
        BasePosition = 0;
        LastMs = 0;
        LowestIndex = long.MaxValue;
        HighestIndex = 0;
        if (_rows.Length > KeptRows)
        {
            _rows = [];
            _sizes = null;
            _tags = null;
            _settled = null;
            _dropped = null;
            return;
        }

        _sizes = null;
        _tags = null;
        _settled?.AsSpan().Clear();
        _dropped?.AsSpan().Clear();
    }

    /// <summary>The block in a snapshot: with its rows, or sealed and without them.</summary>
    public void Write(IBufferWriter<byte> output)
    {
        output.PutFlag(IsSealed);
        output.PutInt64(First);
        output.PutInt64(BasePosition);
        output.PutCount(Count);
        if (IsSealed)
        {
            output.PutInt64(BaseMs);
            output.PutInt64(LastMs);
            output.PutInt64(LowestIndex);
            output.PutInt64(HighestIndex);
            output.PutFlag(_hasSizes);
        }
        else
        {
            WriteRows(output);
        }

        WriteColumn(output, _settled);
        WriteColumn(output, _dropped);
    }

    public static RowBlock Read(ref QueueCommandReader input)
    {
        bool isSealed = input.ReadFlag();
        var block = new RowBlock(input.ReadInt64()) { IsSealed = isSealed, IsStored = isSealed };
        block.BasePosition = input.ReadInt64();
        // The rows of a sealed block are in the store, and nothing else of the snapshot need follow it.
        block.Count = isSealed ? input.ReadCountElsewhere(Capacity) : input.ReadCount();
        if (isSealed)
        {
            block.BaseMs = input.ReadInt64();
            block.LastMs = input.ReadInt64();
            block.LowestIndex = input.ReadInt64();
            block.HighestIndex = input.ReadInt64();
            block._hasSizes = input.ReadFlag();
        }
        else
        {
            block.ReadRows(ref input);
            foreach (Row row in block._rows)
                block.Span(row.Index);
        }

        block._settled = ReadColumn<ulong>(ref input, Words);
        block._dropped = ReadColumn<ulong>(ref input, Words);
        foreach (ulong word in block._settled ?? [])
            block.SettledCount += BitOperations.PopCount(word);
        return block;
    }

    /// <summary>What never changes any more once the block is sealed.</summary>
    public void WriteRows(IBufferWriter<byte> output)
    {
        output.PutInt64(BaseMs);
        output.Write(MemoryMarshal.AsBytes(_rows.AsSpan(0, Count)));
        WriteColumn(output, _sizes is null ? [] : _sizes.AsSpan(0, Count));
        WriteColumn(output, _tags is null ? [] : _tags.AsSpan(0, Count));
    }

    /// <summary>Takes back what <see cref="WriteRows"/> gave.</summary>
    public void ReadRows(ref QueueCommandReader input)
    {
        BaseMs = input.ReadInt64();
        Invariant.Check(BaseMs <= long.MaxValue - uint.MaxValue, "a block's time is one");
        _rows = MemoryMarshal.Cast<byte, Row>(input.ReadMemory(Count * Row.Bytes).Span).ToArray();
        _sizes = ReadColumn<int>(ref input, Count);
        _tags = ReadColumn<int>(ref input, Count);
        if (Count > 0)
            LastMs = TimeMs(Count - 1);
    }

    /// <summary>
    /// A column without a set bit or size is left out, so that equal states are equal bytes.
    /// </summary>
    private static void WriteColumn<T>(IBufferWriter<byte> output, ReadOnlySpan<T> column)
        where T : unmanaged
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(column);
        bool present = bytes.ContainsAnyExcept((byte)0);
        output.PutFlag(present);
        if (present)
            output.Write(bytes);
    }

    private static T[]? ReadColumn<T>(ref QueueCommandReader input, int count)
        where T : unmanaged
    {
        if (!input.ReadFlag())
            return null;
        var column = new T[count];
        input.ReadMemory(count * System.Runtime.CompilerServices.Unsafe.SizeOf<T>()).Span
            .CopyTo(MemoryMarshal.AsBytes(column.AsSpan()));
        return column;
    }

    private void Span(long index)
    {
        LowestIndex = Math.Min(LowestIndex, index);
        HighestIndex = Math.Max(HighestIndex, index);
    }

    private void Grow()
    {
        int rows = Math.Clamp(_rows.Length * 2, FirstRows, Capacity);
        Array.Resize(ref _rows, rows);
        if (_sizes is not null)
            Array.Resize(ref _sizes, rows);
        if (_tags is not null)
            Array.Resize(ref _tags, rows);
    }
}
