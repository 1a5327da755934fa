using Cmq.MultiProtocol.Core.Consensus;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Consensus;

/// <summary>Raft's properties (figure 3), checked from outside on all members after every step.</summary>
internal sealed class SafetyChecker(IReadOnlyList<Member> members, GroupMembers first)
{
    // Comparing whole logs is slow, and logs that differ stay so for a while.
    private const int ChecksPerLogComparison = 25;

    private readonly Dictionary<long, NodeId> _leaders = [];
    private readonly List<string> _applied = [];
    private readonly List<long> _committedTerms = [];
    private readonly Dictionary<NodeId, long> _terms = [];
    private int _checks;

    /// <summary>Greatest index that any member has known to be committed.</summary>
    public int CommittedEntries => _committedTerms.Count;

    /// <summary>The latest configuration that any member has ever gone by.</summary>
    public GroupMembers Newest { get; private set; } = first;

    /// <summary>Up to where that member had applied the log.</summary>
    public long NewestAt { get; private set; }

    public void Check()
    {
        foreach (Member member in members)
        {
            if (!member.IsUp)
                continue;
            if (member.AppliedIndex > NewestAt)
                (Newest, NewestAt) = (member.Node.Members, member.AppliedIndex);
            TermNeverGoesBack(member);
            CommittedIsDurableOnAQuorum(member);
            EveryStateIsTheSame(member);
        }
        foreach (Member member in members)
        {
            if (member.IsUp && member.Node.Role == RaftRole.Leader)
                LeaderIsAloneAndComplete(member);
        }
        if (_checks++ % ChecksPerLogComparison == 0)
            LogsMatch();
    }

    /// <summary>The part that has to be seen before the configuration changes.</summary>
    public void CheckCommitted()
    {
        foreach (Member member in members)
        {
            if (member.IsUp)
                CommittedIsDurableOnAQuorum(member);
        }
    }

    /// <summary>A crash may forget a term that was not durable, and so was never told to anybody as a
    /// promise.</summary>
    public void Forget(Member member) => _terms[member.Id] = member.Durable.Term;

    private void TermNeverGoesBack(Member member)
    {
        long before = _terms.GetValueOrDefault(member.Id);
        Assert.True(member.Node.Term >= before, "A term went back.");
        _terms[member.Id] = member.Node.Term;
    }

    /// <summary>Checked when an index is first seen as committed, by the configuration of who has committed it: a
    /// majority of voters, of both lists if there are two, has that very entry on disk.</summary>
    private void CommittedIsDurableOnAQuorum(Member member)
    {
        for (long index = CommittedEntries + 1; index <= member.Node.CommitIndex; index++)
        {
            GroupMembers configuration = member.Node.Members;
            long durable = DurableTerm(configuration, configuration.Voters, index);
            Assert.True(durable > 0, $"Index {index} is committed, and no majority has it on disk.");
            if (configuration.IsJoint)
                Assert.Equal(durable, DurableTerm(configuration, configuration.Outgoing, index));
            _committedTerms.Add(durable);
        }
    }

    private long DurableTerm(GroupMembers configuration, IReadOnlyList<NodeId> voters, long index) => members
        .Where(one => voters.Contains(one.Id) && configuration.MayMean(one.Id, one.Store))
        .Select(voter => voter.Log.TryGetTerm(index, out long term) ? term : 0)
        .Where(term => term > 0)
        .CountBy(term => term)
        .Where(count => count.Value > voters.Count / 2)
        .Select(count => count.Key)
        .SingleOrDefault();

    /// <summary>State Machine Safety: the texts carry index and term.</summary>
    private void EveryStateIsTheSame(Member member)
    {
        Assert.Equal(member.AppliedIndex, member.State.Count);
        for (int i = Math.Min(_applied.Count, member.State.Count) - 1; i >= 0 && i >= _applied.Count - 8; i--)
            Assert.Equal(_applied[i], member.State[i]);
        if (member.State.Count <= _applied.Count)
        {
            if (member.State.Count > 0)
                Assert.Equal(_applied[member.State.Count - 1], member.State[^1]);
            return;
        }
        _applied.AddRange(member.State.Skip(_applied.Count));
        Assert.True(_applied.Count <= CommittedEntries, "Something was applied that is not committed.");
    }

    /// <summary>Election Safety, and Leader Completeness for what was committed before its term.</summary>
    private void LeaderIsAloneAndComplete(Member leader)
    {
        long term = leader.Node.Term;
        if (!_leaders.TryAdd(term, leader.Id))
        {
            Assert.Equal(_leaders[term], leader.Id);
            return;
        }
        Assert.True(leader.Durable.Term >= term, "It leads in a term that its disk does not know.");

        // One that has just handed over may be seen only after its successor has gone on.
        for (long index = leader.Log.FirstIndex; index <= CommittedEntries; index++)
        {
            long committed = _committedTerms[(int)index - 1];
            Assert.True(
                committed > term || (leader.Log.TryGetTerm(index, out long own) && own == committed),
                $"The leader of term {term} lacks the committed entry {index}.");
        }
    }

    /// <summary>Log Matching: the same index and term on two disks means the same entry, and the same before
    /// it.</summary>
    private void LogsMatch()
    {
        foreach (Member one in members)
        {
            foreach (Member other in members)
            {
                if (one.Id.Value < other.Id.Value)
                    LogsMatch(one.Log, other.Log);
            }
        }
    }

    private static void LogsMatch(InMemoryRaftLog one, InMemoryRaftLog other)
    {
        bool mustMatch = false;
        long first = Math.Max(one.FirstIndex, other.FirstIndex);
        for (long index = Math.Min(one.LastIndex, other.LastIndex); index >= first; index--)
        {
            Entry mine = one.At(index);
            Entry theirs = other.At(index);
            if (mine.Term != theirs.Term)
            {
                Assert.False(mustMatch, $"Logs agree behind {index}, but not there.");
                continue;
            }
            mustMatch = true;
            bool isSame = mine.Payload.Span.SequenceEqual(theirs.Payload.Span);
            Assert.True(isSame, $"Two entries are {index}/{mine.Term}.");
        }
    }
}
