namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>Entries of one group that follow each other in one segment under one term.</summary>
internal sealed class EntryRun(long segment, long first, long last, long term)
{
    /// <summary>Bytes of a run in a <see cref="FrameKind.GroupState"/> frame.</summary>
    public const int Size = 32;

    public long Segment { get; } = segment;

    public long First { get; } = first;

    public long Last { get; set; } = last;

    public long Term { get; } = term;

    /// <summary>Nothing in it is referenced any more; false until the group has said so.</summary>
    public bool Dead { get; set; }
}
