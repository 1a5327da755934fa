using System.Numerics;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>
/// A sorted set of sequence numbers as pages of bits: a bit a message where they are dense.
/// </summary>
internal sealed class SequenceSet
{
    private const int Shift = 10;
    private const int PageSize = 1 << Shift;

    private readonly List<Page> _pages = [];

    /// <summary>The page emptied last: a set that runs empty all the time allocates none.</summary>
    private Page? _spare;

    public long Count { get; private set; }

    public bool Contains(long sequence) =>
        Count > 0 && TryFind(sequence >> Shift, out int position) && _pages[position].Has(Offset(sequence));

    public bool Add(long sequence)
    {
        if (!TryFind(sequence >> Shift, out int position))
        {
            Page added = _spare ?? new Page();
            _spare = null;
            added.Number = sequence >> Shift;
            _pages.Insert(position, added);
        }

        Page page = _pages[position];
        if (page.Has(Offset(sequence)))
            return false;
        page.Bits[Offset(sequence) >> 6] |= 1UL << (Offset(sequence) & 63);
        page.Count++;
        Count++;
        return true;
    }

    public bool Remove(long sequence)
    {
        if (Count == 0
            || !TryFind(sequence >> Shift, out int position)
            || !_pages[position].Has(Offset(sequence)))
        {
            return false;
        }

        Page page = _pages[position];
        page.Bits[Offset(sequence) >> 6] &= ~(1UL << (Offset(sequence) & 63));
        Count--;
        if (--page.Count == 0)
            RemovePage(position);
        return true;
    }

    public void Remove(SequenceRange range)
    {
        // Page by page, so that a wide range over a thin set costs little.
        TryFind(range.First >> Shift, out int position);
        while (position < _pages.Count && _pages[position].Number << Shift < range.End)
        {
            Page page = _pages[position];
            long start = page.Number << Shift;
            int from = (int)Math.Max(0, range.First - start);
            int to = (int)Math.Min(PageSize, range.End - start);
            int before = page.Count;
            for (int offset = page.Next(from); offset < to; offset = page.Next(offset + 1))
            {
                page.Bits[offset >> 6] &= ~(1UL << (offset & 63));
                page.Count--;
            }

            Count -= before - page.Count;
            if (page.Count == 0)
                RemovePage(position);
            else
                position++;
        }
    }

    public bool TryPeek(out long lowest)
    {
        if (Count == 0)
        {
            lowest = -1;
            return false;
        }

        lowest = (_pages[0].Number << Shift) + _pages[0].Next(0);
        return true;
    }

    /// <summary>Adds the members to a list of ranges, ascending.</summary>
    public void CopyTo(List<SequenceRange> ranges)
    {
        foreach (Page page in _pages)
        {
            for (int offset = page.Next(0); offset < PageSize; offset = page.Next(offset + 1))
                SequenceRanges.Append(ranges, (page.Number << Shift) + offset);
        }
    }

    private void RemovePage(int position)
    {
        _spare = _pages[position];
        _pages.RemoveAt(position);
    }

    private static int Offset(long sequence) => (int)(sequence & (PageSize - 1));

    private bool TryFind(long number, out int position)
    {
        int low = 0;
        int high = _pages.Count;
        // Most of what happens is at the newest end.
        if (high > 0 && _pages[high - 1].Number < number)
            low = high;
        while (low < high)
        {
            int middle = (low + high) >> 1;
            if (_pages[middle].Number < number)
                low = middle + 1;
            else
                high = middle;
        }

        position = low;
        return low < _pages.Count && _pages[low].Number == number;
    }

    private sealed class Page
    {
        public readonly ulong[] Bits = new ulong[PageSize / 64];

        public long Number { get; set; }

        public int Count { get; set; }

        public bool Has(int offset) => (Bits[offset >> 6] >> (offset & 63) & 1) != 0;

        /// <summary>The first member at or after an offset; the page's size when there is none.</summary>
        public int Next(int offset)
        {
            if (offset >= PageSize)
                return PageSize;
            int word = offset >> 6;
            ulong rest = Bits[word] & (ulong.MaxValue << (offset & 63));
            while (rest == 0)
            {
                if (++word == Bits.Length)
                    return PageSize;
                rest = Bits[word];
            }

            return (word << 6) + BitOperations.TrailingZeroCount(rest);
        }
    }
}
