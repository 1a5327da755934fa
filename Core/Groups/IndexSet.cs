using System.Collections;
using System.Numerics;

namespace Cmq.MultiProtocol.Core.Groups;

/// <summary>
/// Many log indexes in little memory, ascending: a bit for each in stretches of 1,024. A list of them would take eight
/// bytes each, and a group may refer to millions of entries.
/// </summary>
public sealed class IndexSet : IReadOnlyList<long>
{
    private const int StretchBits = 10;
    private const int StretchIndexes = 1 << StretchBits;
    private const int Words = StretchIndexes / 64;

    private readonly List<Stretch> _stretches = [];

    public int Count { get; private set; }

    /// <summary>The index at a place, counted from 0; a search, so whoever wants all of them enumerates.</summary>
    public long this[int position]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(position);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(position, Count);
            int low = 0, high = _stretches.Count - 1;
            while (low < high)
            {
                int middle = (low + high + 1) / 2;
                if (_stretches[middle].Before <= position)
                    low = middle;
                else
                    high = middle - 1;
            }

            return _stretches[low].At(position - _stretches[low].Before);
        }
    }

    /// <summary>A copy.</summary>
    /// <param name="indexes">Ascending.</param>
    public static IndexSet Of(IReadOnlyList<long> indexes)
    {
        var copy = new IndexSet();
        if (indexes is IndexSet set)
        {
            foreach (Stretch stretch in set._stretches)
                copy._stretches.Add(new Stretch(stretch));
            copy.Count = set.Count;
            return copy;
        }

        foreach (long index in indexes)
            copy.Add(index);
        return copy;
    }

    /// <summary>Adds an index that is not below the last stretch's first.</summary>
    public void Add(long index)
    {
        Stretch stretch = Last(index >> StretchBits);
        ref ulong word = ref stretch.Bits[(index & (StretchIndexes - 1)) >> 6];
        ulong bit = 1UL << (int)(index & 63);
        if ((word & bit) != 0)
            return;
        word |= bit;
        Count++;
    }

    /// <summary>Forgets all from an index on, and adds a row of them in their place.</summary>
    public void ReplaceFrom(long first, long last)
    {
        while (_stretches.Count > 0 && _stretches[^1].Number >= first >> StretchBits)
        {
            Stretch end = _stretches[^1];
            int before = end.CountBits();
            end.Cut((int)Math.Max(0, first - (end.Number << StretchBits)));
            Count -= before - end.CountBits();
            if (end.CountBits() > 0)
                break;
            _stretches.RemoveAt(_stretches.Count - 1);
        }

        for (long index = first; index <= last; index++)
            Add(index);
    }

    public IEnumerator<long> GetEnumerator()
    {
        foreach (Stretch stretch in _stretches)
        {
            for (int i = 0; i < Words; i++)
            {
                for (ulong word = stretch.Bits[i]; word != 0; word &= word - 1)
                    yield return (stretch.Number << StretchBits) + (i * 64) + BitOperations.TrailingZeroCount(word);
            }
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private Stretch Last(long number)
    {
        if (_stretches.Count > 0 && _stretches[^1].Number == number)
            return _stretches[^1];
        Invariant.Check(_stretches.Count == 0 || _stretches[^1].Number < number, "indexes are added in order");
        var next = new Stretch(number, Count);
        _stretches.Add(next);
        return next;
    }

    private sealed class Stretch
    {
        public Stretch(long number, int before)
        {
            Number = number;
            Before = before;
        }

        public Stretch(Stretch other) : this(other.Number, other.Before) => other.Bits.CopyTo(Bits, 0);

        public long Number { get; }

        /// <summary>Indexes in the stretches before.</summary>
        public int Before { get; }

        public ulong[] Bits { get; } = new ulong[Words];

        public int CountBits()
        {
            int count = 0;
            foreach (ulong word in Bits)
                count += BitOperations.PopCount(word);
            return count;
        }

        /// <summary>Forgets all from an offset on.</summary>
        public void Cut(int from)
        {
            for (int i = from >> 6; i < Words; i++)
                Bits[i] &= i == from >> 6 ? (1UL << (from & 63)) - 1 : 0;
        }

        public long At(int position)
        {
            for (int i = 0; ; i++)
            {
                ulong word = Bits[i];
                int count = BitOperations.PopCount(word);
                if (position >= count)
                {
                    position -= count;
                    continue;
                }

                for (; position > 0; position--)
                    word &= word - 1;
                return (Number << StretchBits) + (i * 64) + BitOperations.TrailingZeroCount(word);
            }
        }
    }
}
