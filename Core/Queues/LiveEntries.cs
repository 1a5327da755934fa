using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>
/// How often each log entry is referred to, by rows, duties, moves and uploads; and what an entry itself keeps alive as
/// long as it lives: the bodies under its overlays and the chunks of its large bodies. One byte an entry, because with
/// one message to an entry this is what a long backlog takes; more where an entry has many references.
/// </summary>
/// <param name="countBytes">Keep the bytes of living entries, too: groups that live in memory are bounded by
/// them.</param>
internal sealed partial class LiveEntries(bool countBytes)
{
    private const int PageBits = 10;
    private const int PageEntries = 1 << PageBits;

    /// <summary>Entries whose worth is told together.</summary>
    private const int RowEntries = 64;

    /// <summary>In a page: this many references or more, the number is in <see cref="_many"/>.</summary>
    private const byte Many = byte.MaxValue;

    private readonly Dictionary<long, Page> _pages = [];
    private readonly Dictionary<long, int> _many = [];
    private readonly Dictionary<long, Kept> _kept = [];
    private long _lastNumber = -1;
    private Page? _lastPage;

    /// <summary>The page emptied last: a group that runs empty all the time allocates none.</summary>
    private Page? _spare;

    /// <summary>Command bytes of living entries; 0 unless they are counted.</summary>
    public long TotalBytes { get; private set; }

    /// <summary>The entry that is being applied is referred to once more.</summary>
    public void Add(long index)
    {
        Page page = Add(index, 1);
        page.Added++;
        if (CountOf(page, index) == 1)
            page.AddedEntries++;
    }

    /// <summary>An entry that is alive is referred to once more: only what was stored with it says what a whole one is
    /// worth.</summary>
    public void Retain(long index) => Add(index, 1);

    /// <summary>A command of a living entry was stored.</summary>
    public void AddBytes(long index, int bytes)
    {
        if (!countBytes || Find(index >> PageBits) is not { } page)
            return;
        page.Bytes![index & (PageEntries - 1)] += bytes;
        TotalBytes += bytes;
    }

    public void Release(long index)
    {
        Page page = Find(index >> PageBits) ?? throw new InvariantException("a released log entry is not alive");
        int count = CountOf(page, index);
        Invariant.Check(count > 0, "a log entry is released more often than referred to");
        SetCount(page, index, count - 1);
        if (count > 1)
            return;
        if (page.Bytes is not null)
        {
            TotalBytes -= page.Bytes[index & (PageEntries - 1)];
            page.Bytes[index & (PageEntries - 1)] = 0;
        }

        if (--page.Living == 0)
        {
            _pages.Remove(index >> PageBits);
            (page.Added, page.AddedEntries) = (0, 0);
            _spare = page;
            _lastNumber = -1;
            _lastPage = null;
        }

        if (!_kept.Remove(index, out Kept? kept))
            return;
        foreach (UnitRef body in kept.Bodies)
            Release(body.Index);
        foreach ((_, UnitRef[] chunks) in kept.Uploads)
        {
            foreach (UnitRef chunk in chunks)
                Release(chunk.Index);
        }
    }

    /// <summary>An overlay in entry <paramref name="index"/> keeps its body's entry alive.</summary>
    public void KeepBody(long index, UnitRef body)
    {
        Retain(body.Index);
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

    /// <summary>The living entries, ascending, with what they are about worth.</summary>
    public IndexSet Indexes()
    {
        var indexes = new IndexSet();
        foreach (long number in SortedPages())
            AddPage(indexes, number, _pages[number]);
        return indexes;
    }

    private void AddPage(IndexSet indexes, long number, Page page)
    {
        for (int row = 0; row < PageEntries; row += RowEntries)
        {
            long references = 0;
            int living = 0;
            for (int i = row; i < row + RowEntries; i++)
            {
                if (page.Counts[i] == 0)
                    continue;
                indexes.Add((number << PageBits) + i);
                references += CountOf(page, (number << PageBits) + i);
                living++;
            }

            if (living > 0)
                indexes.SetWeight((number << PageBits) + row, WeightOf(page, references, living));
        }
    }

    /// <summary>References left of an entry, by those that entries of the page had when they were stored: how much of it
    /// is still needed, if what was stored together is of about the same size.</summary>
    private static int WeightOf(Page page, long references, int entries)
    {
        double whole = page.AddedEntries == 0 ? 1 : (double)page.Added / page.AddedEntries;
        return (int)Math.Clamp(references / (whole * entries) * IndexSet.FullWeight, 1, IndexSet.FullWeight);
    }

    /// <summary>The last index up to which the living entries from an index on have at most so many references; that of
    /// the first living one at least.</summary>
    public long LastWithin(long first, long last, int maxReferences)
    {
        long references = 0;
        foreach (long index in LivingIn(first, last))
        {
            references += CountOf(_pages[index >> PageBits], index);
            if (references >= maxReferences)
                return index;
        }

        return last;
    }

    /// <summary>Adds what living entries keep alive themselves.</summary>
    public void FindKept(LiveSlots live)
    {
        foreach (Kept kept in _kept.Values)
        {
            foreach (UnitRef body in kept.Bodies)
                live.Add(body);
            foreach ((_, UnitRef[] chunks) in kept.Uploads)
            {
                foreach (UnitRef chunk in chunks)
                    live.Add(chunk);
            }
        }
    }

    /// <summary>Everything was added: what lives and was not found as often as it is counted stays whole.</summary>
    public void Complete(LiveSlots live)
    {
        foreach (long index in LivingIn(live.First, live.Last))
        {
            Page page = _pages[index >> PageBits];
            int count = CountOf(page, index);
            live.Weight += WeightOf(page, count, entries: 1);
            if (live.ReferencesTo(index) == count)
                continue;
            live.KeepWhole(index);
            live.Unexplained++;
        }
    }

    private IEnumerable<long> LivingIn(long first, long last)
    {
        foreach (long number in SortedPages())
        {
            if (number < first >> PageBits || number > last >> PageBits)
                continue;
            byte[] counts = _pages[number].Counts;
            for (int i = 0; i < PageEntries; i++)
            {
                long index = (number << PageBits) + i;
                if (counts[i] > 0 && index >= first && index <= last)
                    yield return index;
            }
        }
    }

    private Page Add(long index, int references)
    {
        Page? page = Find(index >> PageBits);
        if (page is null)
        {
            page = _spare ?? new Page { Bytes = countBytes ? new int[PageEntries] : null };
            _spare = null;
            _pages.Add(index >> PageBits, page);
            _lastNumber = index >> PageBits;
            _lastPage = page;
        }

        int count = CountOf(page, index);
        if (count == 0)
            page.Living++;
        SetCount(page, index, count + references);
        return page;
    }

    private int CountOf(Page page, long index)
    {
        byte count = page.Counts[index & (PageEntries - 1)];
        return count < Many ? count : _many[index];
    }

    private void SetCount(Page page, long index, int count)
    {
        ref byte place = ref page.Counts[index & (PageEntries - 1)];
        if (count >= Many)
            _many[index] = count;
        else if (place == Many)
            _many.Remove(index);
        place = (byte)Math.Min(count, Many);
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
        public readonly byte[] Counts = new byte[PageEntries];
        public int[]? Bytes;
        public int Living;

        /// <summary>References that its entries had at once, all together, since it came to be.</summary>
        public long Added;

        /// <summary>Entries that had any.</summary>
        public int AddedEntries;
    }

    private sealed class Kept
    {
        public List<UnitRef> Bodies { get; } = [];

        public List<(int Slot, UnitRef[] Chunks)> Uploads { get; } = [];
    }
}
