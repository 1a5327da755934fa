namespace Cmq.MultiProtocol.Core.Consensus;

/// <summary>Kinds of messages between members. The values are on the wire.</summary>
public enum RaftMessageKind : byte
{
    /// <summary>Would you vote for me in <see cref="RaftMessage.Term"/>? Index and LogTerm are of my last
    /// entry.</summary>
    PreVote = 1,
    PreVoteReply = 2,

    /// <summary>Vote for me. Index and LogTerm are of my last entry.</summary>
    Vote = 3,
    VoteReply = 4,

    /// <summary>Entries that follow (Index, LogTerm); Commit is the leader's. May be empty.</summary>
    Append = 5,

    /// <summary>Accepted: all up to Index is durable here. Rejected: RejectHint and LogTerm say where to try
    /// next.</summary>
    AppendReply = 6,

    /// <summary>I lead; Commit never exceeds what the receiver has acknowledged. Context is a read
    /// round.</summary>
    Heartbeat = 7,

    /// <summary>Context is that of the heartbeat.</summary>
    HeartbeatReply = 8,

    /// <summary>From a leader that hands over: campaign now.</summary>
    TimeoutNow = 9,
}
