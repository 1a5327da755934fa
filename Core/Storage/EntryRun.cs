namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>Entries of one group that follow each other in one segment under one term.</summary>
/// <param name="segment">Number of the segment.</param>
/// <param name="first">First index.</param>
/// <param name="last">Last index.</param>
/// <param name="term">Term of all of them.</param>
/// <param name="stage">0 for a part of the log; else what came with a snapshot: the sequence of the first frame staged
/// for it, and then the run has gaps, which only the segment's map knows.</param>
internal sealed class EntryRun(long segment, long first, long last, long term, long stage)
{
    /// <summary>Bytes of a run in a <see cref="FrameKind.GroupState"/> frame.</summary>
    public const int Size = 40;

    public long Segment { get; } = segment;

    public long First { get; } = first;

    public long Last { get; set; } = last;

    public long Term { get; } = term;

    public long Stage { get; } = stage;

    public bool HasGaps => Stage != 0;

    /// <summary>Nothing in it is referenced any more; false until the group has said so.</summary>
    public bool Dead { get; set; }
}
