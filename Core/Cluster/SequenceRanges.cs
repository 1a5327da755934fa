using Cmq.MultiProtocol.Core.Queues;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Puts single numbers together into runs.</summary>
internal static class SequenceRanges
{
    /// <param name="sorted">Ascending, without repetition.</param>
    public static SequenceRange[] Of(ReadOnlySpan<long> sorted)
    {
        List<SequenceRange> ranges = [];
        foreach (long sequence in sorted)
        {
            if (ranges.Count > 0 && ranges[^1].End == sequence)
                ranges[^1] = new SequenceRange(ranges[^1].First, ranges[^1].Count + 1);
            else
                ranges.Add(new SequenceRange(sequence, 1));
        }

        return [.. ranges];
    }
}
