namespace Cmq.MultiProtocol.Core.Consensus;

/// <summary>Settings of one member of a group. Times are in ticks, whose length the host chooses (100
/// ms).</summary>
public sealed record RaftOptions
{
    /// <summary>This member.</summary>
    public required NodeId Self { get; init; }

    /// <summary>This member's disk; where a configuration means another one by <see cref="Self"/>, this member has no
    /// part in it. Empty: members are known by their nodes alone.</summary>
    public Guid Store { get; init; }

    /// <summary>
    /// Ticks without a leader before a follower campaigns, drawn anew from [n, 2n) each time; also how long a
    /// leader leads without hearing a quorum, and how long it waits for a transfer.
    /// </summary>
    public int ElectionTicks { get; init; } = 6;

    /// <summary>Ticks between two heartbeats of a leader.</summary>
    public int HeartbeatTicks { get; init; } = 1;

    /// <summary>
    /// A follower whose connection to the leader was reset campaigns within [0, n) ticks. More than one,
    /// because all followers see the reset in the same moment, and would split the vote.
    /// </summary>
    public int DisconnectJitterTicks { get; init; } = 3;

    /// <summary>Largest append, in bytes of entries; an entry that is larger travels alone.</summary>
    public int MaxMessageBytes { get; init; } = 1 << 20;

    /// <summary>Appends under way to one follower.</summary>
    public int MaxInflightMessages { get; init; } = 256;

    /// <summary>Bytes of entries under way to one follower, exceeded by at most one message.</summary>
    public int MaxInflightBytes { get; init; } = 8 << 20;

    /// <summary>
    /// Bytes proposed by this leader that are not committed, or not yet durable on its own disk; a proposal
    /// above is refused. Also the most that is kept in memory of what is stored and not yet applied.
    /// </summary>
    public int MaxUncommittedBytes { get; init; } = 32 << 20;

    /// <summary>Bytes of committed entries in one <see cref="Ready"/>; an entry that is larger comes
    /// alone.</summary>
    public int MaxApplyBytes { get; init; } = 4 << 20;

    /// <summary>Read contexts that wait for a heartbeat round; one more is refused.</summary>
    public int MaxPendingReads { get; init; } = 1024;
}
