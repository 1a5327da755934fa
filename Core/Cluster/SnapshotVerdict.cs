namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>What a follower says of a snapshot that it is sent. On the wire: never renumber.</summary>
internal enum SnapshotVerdict : byte
{
    /// <summary>All chunks up to a number are stored.</summary>
    Stored = 1,

    /// <summary>It has everything up to the mark: installed, or known before.</summary>
    Taken = 2,

    /// <summary>The transfer is given up; another one must begin.</summary>
    Failed = 3,

    /// <summary>It has heard of the snapshot; all live entries up to an index, the number, are there already.</summary>
    Begun = 4,
}
