using System.Buffers;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>
/// How often each log entry is referred to, by rows, duties, moves and uploads; and what an entry itself
/// keeps alive
/// as long as it lives: the bodies under its overlays and the chunks of its large bodies. Four bytes an
/// entry.
/// </summary>
/// <param name="countBytes">Keep the bytes of living entries, too: groups that live in memory are bounded by
/// them.</param>
internal sealed class LiveEntries(bool countBytes)
{
    private const int PageEntries = 1024;

    private readonly Dictionary<long, Page> _pages = [];
    private readonly Dictionary<long, Kept> _kept = [];
    private long _lastNumber = -1;
    private Page? _lastPage;

    /// <summary>The page emptied last: a group that runs empty all the time allocates none.</summary>
    private Page? _spare;

    /// <summary>Command bytes of living entries; 0 unless they are counted.</summary>
    public long TotalBytes { get; private set; }

    public void Add(long index, int references)
    {
        if (references == 0)
            return;
        Page? page = Find(index >> 10);
        if (page is null)
        {
            page = _spare ?? new Page { Bytes = countBytes ? new int[PageEntries] : null };
            _spare = null;
            _pages.Add(index >> 10, page);
            _lastNumber = index >> 10;
            _lastPage = page;
        }

        ref int count = ref page.Counts[index & (PageEntries - 1)];
        if (count == 0)
            page.Living++;
        count += references;
    }

    /// <summary>A command of a living entry was stored.</summary>
    public void AddBytes(long index, int bytes)
    {
        if (!countBytes || Find(index >> 10) is not { } page)
            return;
        page.Bytes![index & (PageEntries - 1)] += bytes;
        TotalBytes += bytes;
    }

    public void Release(long index)
    {
        Page page = Find(index >> 10) ?? throw new InvariantException("a released log entry is not alive");
        ref int count = ref page.Counts[index & (PageEntries - 1)];
        Invariant.Check(count > 0, "a log entry is released more often than referred to");
        if (--count > 0)
            return;
        if (page.Bytes is not null)
        {
            TotalBytes -= page.Bytes[index & (PageEntries - 1)];
            page.Bytes[index & (PageEntries - 1)] = 0;
        }

        if (--page.Living == 0)
        {
            _pages.Remove(index >> 10);
            _spare = page;
            _lastNumber = -1;
            _lastPage = null;
        }

        if (!_kept.Remove(index, out Kept? kept))
            return;
        foreach (long entry in kept.Bodies)
            Release(entry);
        foreach ((_, UnitRef[] chunks) in kept.Uploads)
        {
            foreach (UnitRef chunk in chunks)
                Release(chunk.Index);
        }
    }

    /// <summary>An overlay in entry <paramref name="index"/> keeps its body's entry alive.</summary>
    public void KeepBody(long index, long body)
    {
        Add(body, 1);
        KeptBy(index).Bodies.Add(body);
    }

    /// <summary>A unit takes over the references on the chunks of its body.</summary>
    public void KeepChunks(UnitRef unit, UnitRef[] chunks) =>
        KeptBy(unit.Index).Uploads.Add((unit.Slot, chunks));

    /// <summary>Where a unit's body is when it went ahead in chunks; empty when it is inline.</summary>
    public IReadOnlyList<UnitRef> ChunksOf(UnitRef unit)
    {
        if (!_kept.TryGetValue(unit.Index, out Kept? kept))
            return [];
        foreach ((int slot, UnitRef[] chunks) in kept.Uploads)
        {
            if (slot == unit.Slot)
                return chunks;
        }

        return [];
    }

    public List<long> Indexes()
    {
        var indexes = new List<long>();
        foreach (long number in SortedPages())
        {
            int[] counts = _pages[number].Counts;
            for (int i = 0; i < counts.Length; i++)
            {
                if (counts[i] > 0)
                    indexes.Add((number << 10) + i);
            }
        }

        return indexes;
    }

    public void Write(IBufferWriter<byte> output)
    {
        output.PutCount(_pages.Count);
        foreach (long number in SortedPages())
        {
            Page page = _pages[number];
            output.PutInt64(number);
            output.PutCount(page.Living);
            for (int i = 0; i < PageEntries; i++)
            {
                if (page.Counts[i] == 0)
                    continue;
                output.PutInt32(i);
                output.PutInt32(page.Counts[i]);
                output.PutInt32(page.Bytes is null ? 0 : page.Bytes[i]);
            }
        }

        long[] keepers = [.. _kept.Keys];
        Array.Sort(keepers);
        output.PutCount(keepers.Length);
        foreach (long index in keepers)
        {
            Kept kept = _kept[index];
            output.PutInt64(index);
            output.PutCount(kept.Bodies.Count);
            foreach (long body in kept.Bodies)
                output.PutInt64(body);
            output.PutCount(kept.Uploads.Count);
            foreach ((int slot, UnitRef[] chunks) in kept.Uploads)
            {
                output.PutInt32(slot);
                output.PutCount(chunks.Length);
                foreach (UnitRef chunk in chunks)
                    output.PutUnit(chunk);
            }
        }
    }

    public void Read(ref QueueCommandReader input)
    {
        for (int pages = input.ReadCount(); pages > 0; pages--)
        {
            long number = input.ReadInt64();
            for (int entries = input.ReadCount(); entries > 0; entries--)
            {
                long index = (number << 10) + input.ReadInt32();
                Add(index, input.ReadInt32());
                AddBytes(index, input.ReadInt32());
            }
        }

        for (int keepers = input.ReadCount(); keepers > 0; keepers--)
        {
            Kept kept = KeptBy(input.ReadInt64());
            for (int bodies = input.ReadCount(); bodies > 0; bodies--)
                kept.Bodies.Add(input.ReadInt64());
            for (int uploads = input.ReadCount(); uploads > 0; uploads--)
            {
                int slot = input.ReadInt32();
                var chunks = new UnitRef[input.ReadCount()];
                for (int i = 0; i < chunks.Length; i++)
                    chunks[i] = input.ReadUnit();
                kept.Uploads.Add((slot, chunks));
            }
        }
    }

    private Kept KeptBy(long index)
    {
        if (!_kept.TryGetValue(index, out Kept? kept))
            _kept.Add(index, kept = new Kept());
        return kept;
    }

    private Page? Find(long number)
    {
        if (number == _lastNumber)
            return _lastPage;
        if (!_pages.TryGetValue(number, out Page? page))
            return null;
        _lastNumber = number;
        _lastPage = page;
        return page;
    }

    private long[] SortedPages()
    {
        long[] numbers = [.. _pages.Keys];
        Array.Sort(numbers);
        return numbers;
    }

    private sealed class Page
    {
        public readonly int[] Counts = new int[PageEntries];
        public int[]? Bytes;
        public int Living;
    }

    private sealed class Kept
    {
        public List<long> Bodies { get; } = [];

        public List<(int Slot, UnitRef[] Chunks)> Uploads { get; } = [];
    }
}
