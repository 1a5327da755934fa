using System.Collections;
using System.Numerics;

namespace Cmq.MultiProtocol.Core.Groups;

/// <summary>
/// Many log indexes in little memory, ascending: a bit for each in stretches of 1,024. A list of them would take eight
/// bytes each, and a group may refer to millions of entries.
/// </summary>
public sealed class IndexSet : IReadOnlyList<long>
{
    /// <summary>What an entry is worth of which everything is still needed.</summary>
    public const int FullWeight = 256;

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

    /// <summary>Of the indexes in the same row of 64 only a part is still needed, on average.</summary>
    /// <param name="index">One of them, in the last stretch.</param>
    /// <param name="weight">What each is worth; at most <see cref="FullWeight"/>, and at least 1.</param>
    public void SetWeight(long index, int weight)
    {
        Stretch stretch = _stretches[^1];
        Invariant.Check(stretch.Number == index >> StretchBits, "an index is weighed with its stretch");
        if (weight == FullWeight && stretch.Weights is null)
            return;
        if (stretch.Weights is null)
        {
            stretch.Weights = new ushort[Words];
            stretch.Weights.AsSpan().Fill(FullWeight);
        }

        stretch.Weights[(index & (StretchIndexes - 1)) >> 6] = (ushort)Math.Clamp(weight, 1, FullWeight);
    }

    /// <summary>What the indexes within these bounds are worth together.</summary>
    public long Weigh(long first, long last)
    {
        long weight = 0;
        for (int i = FirstStretch(first >> StretchBits); i < _stretches.Count; i++)
        {
            Stretch stretch = _stretches[i];
            if (stretch.Number > last >> StretchBits)
                break;
            long start = stretch.Number << StretchBits;
            weight += stretch.Weigh(Math.Max(first - start, 0), Math.Min(last - start, StretchIndexes - 1));
        }

        return weight;
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

    /// <summary>Place of the first stretch that is not before a number.</summary>
    private int FirstStretch(long number)
    {
        int low = 0, high = _stretches.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_stretches[middle].Number >= number)
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }

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

        public Stretch(Stretch other) : this(other.Number, other.Before)
        {
            other.Bits.CopyTo(Bits, 0);
            Weights = (ushort[]?)other.Weights?.Clone();
        }

        public long Number { get; }

        /// <summary>Indexes in the stretches before.</summary>
        public int Before { get; }

        public ulong[] Bits { get; } = new ulong[Words];

        /// <summary>Of each word; null = all are worth everything.</summary>
        public ushort[]? Weights { get; set; }

        public long Weigh(long from, long to)
        {
            long weight = 0;
            for (int i = (int)(from >> 6); i <= to >> 6; i++)
            {
                ulong bits = Bits[i];
                if (i == from >> 6)
                    bits &= ulong.MaxValue << (int)(from & 63);
                if (i == to >> 6)
                    bits &= ulong.MaxValue >> (int)(63 - (to & 63));
                weight += (long)BitOperations.PopCount(bits) * (Weights?[i] ?? FullWeight);
            }

            return weight;
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
