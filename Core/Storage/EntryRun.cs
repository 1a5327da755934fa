using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>Entries of one group that follow each other in one segment under one term.</summary>
/// <param name="segment">Number of the segment.</param>
/// <param name="first">First index.</param>
/// <param name="last">Last index.</param>
/// <param name="term">Term of all of them.</param>
/// <param name="stage">0 for a part of the log; <see cref="Rewritten"/>; else what came with a snapshot: the sequence of
/// the first frame staged for it. Any but 0 has gaps, which only the segment's map knows.</param>
internal sealed class EntryRun(long segment, long first, long last, long term, long stage)
{
    /// <summary>Bytes of a run in a <see cref="FrameKind.GroupState"/> frame.</summary>
    public const int Size = 56;

    /// <summary>The stage of entries that moved here from older segments.</summary>
    public const long Rewritten = -1;

    public long Segment { get; } = segment;

    public long First { get; set; } = first;

    public long Last { get; set; } = last;

    public long Term { get; } = term;

    public long Stage { get; } = stage;

    public bool HasGaps => Stage != 0;

    /// <summary>Nothing in it is referenced any more; false until the group has said so.</summary>
    public bool Dead { get; set; }

    /// <summary>Bytes of its records, about: what was superseded is still counted.</summary>
    public long Bytes { get; set; }

    /// <summary>What its entries were worth when they were written here, as <see cref="IndexSet.Weigh"/>
    /// counts.</summary>
    public long Weight { get; set; }

    /// <summary>What they are worth by the group's last word; null before that.</summary>
    public long? LiveWeight { get; set; }

    /// <summary>The group will not read them as a log any more, only what lives of them.</summary>
    public bool MayMove { get; set; }

    /// <summary>Bytes that are still needed, about.</summary>
    public long LiveBytes =>
        Dead ? 0 : LiveWeight is { } live && live < Weight ? (long)((double)Bytes * live / Weight) : Bytes;

    /// <summary>One entry more.</summary>
    public void Grow(long last, int bytes, long weight)
    {
        Last = last;
        Bytes += bytes;
        Weight += weight;
        LiveWeight += weight;
    }
}
