namespace Cmq.MultiProtocol.Core.Consensus;

/// <summary>A message between two members of one group. What a field means depends on the kind.</summary>
public readonly record struct RaftMessage
{
    public RaftMessageKind Kind { get; init; }
    public NodeId From { get; init; }
    public NodeId To { get; init; }

    /// <summary>The sender's disk; empty when members are known by their nodes alone.</summary>
    public Guid FromStore { get; init; }

    /// <summary>The disk that is meant, by the sender's configuration; empty when that does not tell.</summary>
    public Guid ToStore { get; init; }

    /// <summary>The sender's term; in a pre-vote and a reply that grants it, the term asked for.</summary>
    public long Term { get; init; }

    /// <summary>Term of the entry at <see cref="Index"/>, or at <see cref="RejectHint"/> in a rejecting
    /// reply.</summary>
    public long LogTerm { get; init; }
    public long Index { get; init; }
    public long Commit { get; init; }

    /// <summary>The greatest index at which the logs may agree, as far as the rejecting follower can
    /// tell.</summary>
    public long RejectHint { get; init; }

    /// <summary>Read round of a heartbeat; 0 = none.</summary>
    public ulong Context { get; init; }
    public bool Reject { get; init; }

    /// <summary>A vote that the leader itself asked for: a live leader is no reason to ignore it.</summary>
    public bool Transfer { get; init; }

    /// <summary>Consecutive entries from <see cref="Index"/> + 1.</summary>
    public IReadOnlyList<Entry> Entries
    {
        get => field ?? [];
        init;
    }
}
