namespace Cmq.MultiProtocol.Core.Consensus;

/// <summary>What a member is in its term (Raft section 5.1; pre-candidate: Ongaro's thesis, section
/// 9.6).</summary>
public enum RaftRole
{
    Follower,

    /// <summary>Asks whether it would win, without raising its term.</summary>
    PreCandidate,
    Candidate,
    Leader,
}
