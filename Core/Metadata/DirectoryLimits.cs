namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>
/// The directory's limits. They decide what a command answers, so every member must have the same: they are
/// set by the bootstrap record and then are state. A limit that is reached answers
/// <see cref="Reply.LimitReached"/>.
/// </summary>
public sealed record DirectoryLimits
{
    /// <summary>Nodes of a cluster, a count: all of them vote in all groups.</summary>
    public const int MaxMembers = 5;

    /// <summary>Partitions of one topic in one group, a count.</summary>
    public const int MaxPartitions = 1_024;

    public int MaxNamespaces { get; init; } = 10_000;

    /// <summary>Per namespace.</summary>
    public int MaxTopics { get; init; } = 1_000_000;

    /// <summary>Per namespace; queues on their way out count no longer. As many partitions in all namespaces
    /// together.</summary>
    public int MaxQueues { get; init; } = 1_000_000;

    /// <summary>In all namespaces together.</summary>
    public int MaxBindings { get; init; } = 10_000_000;

    /// <summary>Bytes of the declarer's arguments of one topic, queue or binding, of one sealed secret, and
    /// letters in the rule on headers of one binding.</summary>
    public int MaxArgumentBytes { get; init; } = 64 * 1024;

    public int MaxUsers { get; init; } = 1_000_000;

    public int MaxAccessKeys { get; init; } = 1_000_000;

    /// <summary>UTF-16 units in one permission pattern.</summary>
    public int MaxPatternChars { get; init; } = 1_024;

    /// <summary>Node numbers ever seen.</summary>
    public int MaxNodes { get; init; } = 1_024;

    /// <summary>Bytes that may wait on lanes to other groups before queues are no longer declared or changed:
    /// a group without a majority must not fill the directory's state.</summary>
    public long MaxOutboxBytes { get; init; } = 64L * 1024 * 1024;
}
