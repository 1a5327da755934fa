using System.Buffers;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>
/// How often each log entry is referred to, by rows, duties, moves and uploads; and what an entry itself keeps alive as
/// long as it lives: the bodies under its overlays and the chunks of its large bodies. One byte an entry, because with
/// one message to an entry this is what a long backlog takes; more where an entry has many references.
/// </summary>
/// <param name="countBytes">Keep the bytes of living entries, too: groups that live in memory are bounded by
/// them.</param>
internal sealed class LiveEntries(bool countBytes)
{
    private const int PageEntries = 1024;

    /// <summary>Entries whose worth is told together.</summary>
    private const int RowEntries = 64;

    /// <summary>In a page: this many references or more, the number is in <see cref="_many"/>.</summary>
    private const byte Many = byte.MaxValue;

    /// <summary>A page in a snapshot: a bit for each entry, because all that live have one reference.</summary>
    private const byte OnceEach = 1;

    /// <summary>A page in a snapshot: a byte for each entry, and the numbers of those that have many.</summary>
    private const byte Counted = 2;

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
        if (!countBytes || Find(index >> 10) is not { } page)
            return;
        page.Bytes![index & (PageEntries - 1)] += bytes;
        TotalBytes += bytes;
    }

    public void Release(long index)
    {
        Page page = Find(index >> 10) ?? throw new InvariantException("a released log entry is not alive");
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
            _pages.Remove(index >> 10);
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
                indexes.Add((number << 10) + i);
                references += CountOf(page, (number << 10) + i);
                living++;
            }

            if (living > 0)
                indexes.SetWeight((number << 10) + row, WeightOf(page, references, living));
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
            references += CountOf(_pages[index >> 10], index);
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
            Page page = _pages[index >> 10];
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
            if (number < first >> 10 || number > last >> 10)
                continue;
            byte[] counts = _pages[number].Counts;
            for (int i = 0; i < PageEntries; i++)
            {
                long index = (number << 10) + i;
                if (counts[i] > 0 && index >= first && index <= last)
                    yield return index;
            }
        }
    }

    public void Write(IBufferWriter<byte> output)
    {
        output.PutCount(_pages.Count);
        foreach (long number in SortedPages())
        {
            output.PutInt64(number);
            WritePage(output, number, _pages[number]);
        }

        long[] keepers = [.. _kept.Keys];
        Array.Sort(keepers);
        output.PutCount(keepers.Length);
        foreach (long index in keepers)
        {
            Kept kept = _kept[index];
            output.PutInt64(index);
            output.PutCount(kept.Bodies.Count);
            foreach (UnitRef body in kept.Bodies)
                output.PutUnit(body);
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
            ReadPage(ref input, input.ReadInt64());

        for (int keepers = input.ReadCount(); keepers > 0; keepers--)
        {
            Kept kept = KeptBy(input.ReadInt64());
            for (int bodies = input.ReadCount(); bodies > 0; bodies--)
                kept.Bodies.Add(input.ReadUnit());
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

    private void WritePage(IBufferWriter<byte> output, long number, Page page)
    {
        output.PutInt64(page.Added);
        output.PutInt32(page.AddedEntries);
        bool onceEach = page.Counts.AsSpan().IndexOfAnyExcept((byte)0, (byte)1) < 0;
        output.PutByte(onceEach ? OnceEach : Counted);
        if (onceEach)
        {
            Span<byte> bits = output.GetSpan(PageEntries / 8)[..(PageEntries / 8)];
            bits.Clear();
            for (int i = 0; i < PageEntries; i++)
                bits[i >> 3] |= (byte)(page.Counts[i] << (i & 7));
            output.Advance(PageEntries / 8);
        }
        else
        {
            output.Write(page.Counts);
            for (int i = 0; i < PageEntries; i++)
            {
                if (page.Counts[i] == Many)
                    output.PutInt32(_many[(number << 10) + i]);
            }
        }

        output.PutFlag(page.Bytes is not null);
        for (int i = 0; page.Bytes is not null && i < PageEntries; i++)
        {
            if (page.Counts[i] > 0)
                output.PutInt32(page.Bytes[i]);
        }
    }

    private void ReadPage(ref QueueCommandReader input, long number)
    {
        long first = number << 10;
        (long added, int addedEntries) = (input.ReadInt64(), input.ReadInt32());
        Span<byte> counts = stackalloc byte[PageEntries];
        if (input.ReadByte() == OnceEach)
        {
            ReadOnlySpan<byte> bits = input.ReadMemory(PageEntries / 8).Span;
            for (int i = 0; i < PageEntries; i++)
                counts[i] = (byte)(bits[i >> 3] >> (i & 7) & 1);
        }
        else
        {
            input.ReadMemory(PageEntries).Span.CopyTo(counts);
        }

        for (int i = 0; i < PageEntries; i++)
        {
            int references = counts[i] == Many ? input.ReadInt32() : counts[i];
            if (references == 0)
                continue;
            Page page = Add(first + i, references);
            (page.Added, page.AddedEntries) = (added, addedEntries);
        }

        if (!input.ReadFlag())
            return;
        for (int i = 0; i < PageEntries; i++)
        {
            if (counts[i] > 0)
                AddBytes(first + i, input.ReadInt32());
        }
    }

    private Page Add(long index, int references)
    {
        Page? page = Find(index >> 10);
        if (page is null)
        {
            page = _spare ?? new Page { Bytes = countBytes ? new int[PageEntries] : null };
            _spare = null;
            _pages.Add(index >> 10, page);
            _lastNumber = index >> 10;
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
