namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>What a frame of the store says. The values are on disk.</summary>
internal enum FrameKind : byte
{
    /// <summary>First frame of a segment: the segments that exist, and how many <see cref="GroupState"/>
    /// follow.</summary>
    SegmentStart = 1,

    /// <summary>All that was true of one group when the segment began, so that older segments may
    /// go.</summary>
    GroupState = 2,

    HardState = 3,
    Entries = 4,

    /// <summary>A snapshot file is in place; with the flag the group's whole log gave way to it.</summary>
    SnapshotTaken = 5,

    GroupDropped = 6,

    /// <summary>Durable before the file is unlinked, so a hole in the numbers is told apart from a
    /// loss.</summary>
    SegmentReleased = 7,

    /// <summary>Nothing: it fills the last page, so that the next frame begins the next segment.</summary>
    Filler = 8,

    /// <summary>Live entries of a snapshot that is being received, garbage until <see cref="Installed"/>. The body is
    /// that of <see cref="Entries"/>.</summary>
    Staged = 9,

    /// <summary>What was staged for the group is garbage for good.</summary>
    StagedDropped = 10,

    /// <summary>A received snapshot and what was staged for it take the place of the group's log; its file is in place
    /// and counts from this frame on.</summary>
    Installed = 11,

    /// <summary>What was staged of one group when the segment began; comes after its
    /// <see cref="GroupState"/>.</summary>
    StagedState = 12,

    /// <summary>Entries at or below the group's snapshot that moved here from an older segment, smaller perhaps: the
    /// place there counts no more, nor do those before them in the same run. The body is what one of them is worth
    /// (4 bytes, <see cref="EntryRun.Weight"/>), then that of <see cref="Entries"/>.</summary>
    Rewritten = 13,
}
