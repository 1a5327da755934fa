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
}
