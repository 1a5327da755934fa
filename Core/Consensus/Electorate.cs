namespace Cmq.MultiProtocol.Core.Consensus;

/// <summary>
/// The members of a group with their progress and votes; the one place that knows what a quorum is. Joint
/// consensus will answer each question here for both voter lists.
/// </summary>
internal sealed class Electorate
{
    private readonly Progress[] _all;
    private readonly Progress[] _voters;
    private readonly Dictionary<NodeId, bool> _votes = [];

    public Electorate(GroupMembers members, RaftOptions options, long lastIndex, long tick)
    {
        Members = members;
        _voters = [.. members.Voters.Select(id => new Progress(id, options, lastIndex, tick))];
        _all = [.. _voters, .. members.Learners.Select(id => new Progress(id, options, lastIndex, tick))];
    }

    public GroupMembers Members { get; }

    /// <summary>Voters, then learners, ascending: the order in which messages are made.</summary>
    public ReadOnlySpan<Progress> All => _all;

    public ReadOnlySpan<Progress> Voters => _voters;

    private int Quorum => _voters.Length / 2 + 1;

    public Progress? Find(NodeId id) => Find(_all, id);

    public bool IsVoter(NodeId id) => Find(_voters, id) is not null;

    public bool IsSoleVoter(NodeId id) => _voters.Length == 1 && _voters[0].Id == id;

    /// <summary>Greatest index that a quorum has on disk.</summary>
    public long MatchOfQuorum()
    {
        Span<long> values = stackalloc long[_voters.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = _voters[i].Match;
        values.Sort();
        return values.Length == 0 ? 0 : values[^Quorum];
    }

    /// <summary>Greatest read round that a quorum has answered.</summary>
    public ulong ReadRoundOfQuorum()
    {
        Span<ulong> values = stackalloc ulong[_voters.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = _voters[i].ReadRound;
        values.Sort();
        return values.Length == 0 ? 0 : values[^Quorum];
    }

    /// <summary>Whether a quorum was heard at or after <paramref name="sinceTick"/>; the leader hears
    /// itself.</summary>
    public bool IsQuorumActive(NodeId self, long sinceTick)
    {
        int active = 0;
        foreach (Progress voter in _voters)
        {
            if (voter.Id == self || voter.ActiveTick >= sinceTick)
                active++;
        }
        return active >= Quorum;
    }

    /// <summary>The first answer of a voter counts; others have no vote.</summary>
    public void RecordVote(NodeId voter, bool granted)
    {
        if (IsVoter(voter))
            _votes.TryAdd(voter, granted);
    }

    public bool IsWon => _votes.Count(vote => vote.Value) >= Quorum;

    public bool IsLost => _votes.Count(vote => !vote.Value) > _voters.Length - Quorum;

    // A loop, because this is asked for every message and a closure would be allocated each time.
    private static Progress? Find(Progress[] members, NodeId id)
    {
        foreach (Progress member in members)
        {
            if (member.Id == id)
                return member;
        }
        return null;
    }
}
