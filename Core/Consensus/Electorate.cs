namespace Cmq.MultiProtocol.Core.Consensus;

/// <summary>
/// The members of a group with their progress and votes; the one place that knows what a quorum is. While the
/// configuration is joint, each question is answered for both voter lists, and both must agree.
/// </summary>
internal sealed class Electorate
{
    private readonly Progress[] _all;
    private readonly Progress[] _voters;
    private readonly Progress[] _incoming;
    private readonly Progress[] _outgoing;
    private readonly Dictionary<NodeId, bool> _votes = [];

    public Electorate(GroupMembers members, RaftOptions options, long lastIndex, long tick)
        : this(members, id => new Progress(id, options, lastIndex, tick))
    {
    }

    private Electorate(GroupMembers members, Func<NodeId, Progress> progressOf)
    {
        Members = members;
        _voters = [.. members.Voters.Union(members.Outgoing).OrderBy(id => id.Value).Select(progressOf)];
        _incoming = [.. members.Voters.Select(id => Find(_voters, id)!)];
        _outgoing = [.. members.Outgoing.Select(id => Find(_voters, id)!)];
        _all = [.. _voters, .. members.Learners.Where(id => Find(_voters, id) is null).Select(progressOf)];
    }

    public GroupMembers Members { get; }

    /// <summary>Voters, then learners, each ascending: the order in which messages are made.</summary>
    public ReadOnlySpan<Progress> All => _all;

    /// <summary>Of both lists, each once.</summary>
    public ReadOnlySpan<Progress> Voters => _voters;

    /// <summary>The same members, as a leader goes on with them in another configuration: who stays keeps its
    /// progress.</summary>
    public Electorate With(GroupMembers members, RaftOptions options, long lastIndex, long tick) =>
        new(members, id => Find(id) ?? new Progress(id, options, lastIndex, tick));

    public Progress? Find(NodeId id) => Find(_all, id);

    public bool IsVoter(NodeId id) => Find(_voters, id) is not null;

    /// <summary>Whether it still votes when a joint configuration is left.</summary>
    public bool StaysVoter(NodeId id) => Find(_incoming, id) is not null;

    public bool IsSoleVoter(NodeId id) => _voters.Length == 1 && _voters[0].Id == id;

    /// <summary>Greatest index that a quorum has on disk.</summary>
    public long MatchOfQuorum() => _outgoing.Length == 0
        ? MatchOfQuorum(_incoming)
        : Math.Min(MatchOfQuorum(_incoming), MatchOfQuorum(_outgoing));

    /// <summary>Greatest read round that a quorum has answered.</summary>
    public ulong ReadRoundOfQuorum() => _outgoing.Length == 0
        ? ReadRoundOfQuorum(_incoming)
        : Math.Min(ReadRoundOfQuorum(_incoming), ReadRoundOfQuorum(_outgoing));

    /// <summary>Whether a quorum was heard at or after <paramref name="sinceTick"/>; the leader hears
    /// itself.</summary>
    public bool IsQuorumActive(NodeId self, long sinceTick) =>
        IsQuorumActive(_incoming, self, sinceTick)
        && (_outgoing.Length == 0 || IsQuorumActive(_outgoing, self, sinceTick));

    /// <summary>The first answer of a voter counts; others have no vote.</summary>
    public void RecordVote(NodeId voter, bool granted)
    {
        if (IsVoter(voter))
            _votes.TryAdd(voter, granted);
    }

    public bool IsWon => HasQuorum(_incoming) && (_outgoing.Length == 0 || HasQuorum(_outgoing));

    public bool IsLost => CannotWin(_incoming) || CannotWin(_outgoing);

    private bool HasQuorum(Progress[] voters) => Count(voters, granted: true) >= Quorum(voters);

    private bool CannotWin(Progress[] voters) =>
        voters.Length > 0 && Count(voters, granted: false) > voters.Length - Quorum(voters);

    private int Count(Progress[] voters, bool granted) =>
        voters.Count(voter => _votes.TryGetValue(voter.Id, out bool vote) && vote == granted);

    private static int Quorum(Progress[] voters) => voters.Length / 2 + 1;

    private static long MatchOfQuorum(Progress[] voters)
    {
        Span<long> values = stackalloc long[voters.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = voters[i].Match;
        values.Sort();
        return values.Length == 0 ? 0 : values[^Quorum(voters)];
    }

    private static ulong ReadRoundOfQuorum(Progress[] voters)
    {
        Span<ulong> values = stackalloc ulong[voters.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = voters[i].ReadRound;
        values.Sort();
        return values.Length == 0 ? 0 : values[^Quorum(voters)];
    }

    private static bool IsQuorumActive(Progress[] voters, NodeId self, long sinceTick)
    {
        int active = 0;
        foreach (Progress voter in voters)
        {
            if (voter.Id == self || voter.ActiveTick >= sinceTick)
                active++;
        }
        return active >= Quorum(voters);
    }

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
