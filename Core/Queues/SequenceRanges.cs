namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>Lists of ranges built one number at a time.</summary>
internal static class SequenceRanges
{
    /// <summary>
    /// Adds a number above all that are in the list, joining it to the last range where it follows.
    /// </summary>
    public static void Append(List<SequenceRange> ranges, long sequence)
    {
        if (ranges.Count > 0 && ranges[^1].End == sequence)
            ranges[^1] = ranges[^1] with { Count = ranges[^1].Count + 1 };
        else
            ranges.Add(new SequenceRange(sequence, 1));
    }

    /// <param name="sorted">Ascending, without repetition.</param>
    public static SequenceRange[] Of(ReadOnlySpan<long> sorted)
    {
        var ranges = new List<SequenceRange>();
        foreach (long sequence in sorted)
            Append(ranges, sequence);
        return [.. ranges];
    }

    /// <summary>What is in <paramref name="all"/> and not in <paramref name="taken"/>; both ascending.</summary>
    public static List<SequenceRange> Without(List<SequenceRange> all, IReadOnlyList<SequenceRange> taken)
    {
        var left = new List<SequenceRange>();
        int next = 0;
        foreach (SequenceRange range in all)
        {
            long at = range.First;
            while (next < taken.Count && taken[next].End <= at)
                next++;
            for (int i = next; i < taken.Count && taken[i].First < range.End; i++)
            {
                if (taken[i].First > at)
                    left.Add(new SequenceRange(at, taken[i].First - at));
                at = Math.Max(at, taken[i].End);
            }

            if (at < range.End)
                left.Add(new SequenceRange(at, range.End - at));
        }

        return left;
    }
}
