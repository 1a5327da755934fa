using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Queues;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Settings of a node (DESIGN section 8).</summary>
public sealed record NodeOptions
{
    public NodeId Id { get; init; } = new(1);

    public required string DataDirectory { get; init; }

    /// <summary>Where this node's peers reach it, host:port; its own entry in <see cref="Peers"/> wins. Empty: members
    /// that do not have it in their settings cannot dial it.</summary>
    public string ClusterAddress { get; init; } = "";

    /// <summary>The first members, or where those of a cluster to join are; empty makes a cluster of one. The own entry
    /// may be among them.</summary>
    public IReadOnlyList<PeerAddress> Peers { get; init; } = [];

    /// <summary>Shared by the nodes of a cluster, at least 16 characters; null: peers on loopback only.</summary>
    public string? Secret { get; init; }

    /// <summary>Covers all first members. Counts at bootstrap, on the lowest id.</summary>
    public int ReplicationFactor { get; init; } = 3;

    /// <summary>Data groups; 0: cores within 2..16. Counts at bootstrap, on the lowest id.</summary>
    public int DataGroups { get; init; }

    /// <summary>How long an operation may wait for a majority, ms.</summary>
    public int PublishTimeoutMs { get; init; } = 30_000;

    /// <summary>Newest entries kept in memory, bytes per group.</summary>
    public long EntryCacheBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>Rows of sealed index blocks kept in memory, bytes per group.</summary>
    public long RowCacheBytes { get; init; } = QueueMachine.DefaultRowCacheBytes;

    /// <summary>Log of a group after which a snapshot is taken, bytes.</summary>
    public long SnapshotLogBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>Log of all groups, in bytes, that the newest entries of a group may keep on disk; a snapshot of it frees
    /// them.</summary>
    public long KeptLogBytes { get; init; } = 1024L * 1024 * 1024;

    /// <summary>Bytes a second that are moved out of mostly dead segments, at most.</summary>
    public long RewriteBytesPerSecond { get; init; } = 32L * 1024 * 1024;

    /// <summary>Bytes a second that are read to find damage before it is met, at most; 0: nothing is.</summary>
    public long CheckBytesPerSecond { get; init; } = 16L * 1024 * 1024;

    /// <summary>Entries below a snapshot that stay for followers which are a little behind, at most.</summary>
    public long KeptBelowSnapshot { get; init; } = 4096;

    /// <summary>Free space below which reclaiming becomes eager, bytes; null: 6 GiB or a quarter of the disk.</summary>
    public long? LowSpaceBytes { get; init; }

    /// <summary>Free space below which publishing is held back, bytes; 0: never; null: 2 GiB or a tenth of the
    /// disk.</summary>
    public long? MinSpaceBytes { get; init; }

    /// <summary>Tells the room on the disk of a directory.</summary>
    public Func<string, DiskSpace> MeasureSpace { get; init; } = static directory =>
    {
        var drive = new DriveInfo(directory);
        return new DiskSpace(drive.AvailableFreeSpace, drive.TotalSize);
    };

    /// <summary>Size of a segment file is 2 to this power; 24 to 30.</summary>
    public int SegmentBits { get; init; } = 28;

    public LimitOptions Limits { get; init; } = new();

    public IReadOnlyList<SeedUser> Users { get; init; } = [];

    public IReadOnlyList<SeedAccessKey> AccessKeys { get; init; } = [];

    /// <summary>One per adapter.</summary>
    public IReadOnlyList<IPropertyReader> PropertyReaders { get; init; } = [];

    /// <summary>Never shows the secret or the seeds.</summary>
    public override string ToString() => $"node {Id} in {DataDirectory}";
}
