using Cmq.MultiProtocol.Core.Consensus;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>
/// Says when a learner may vote (thesis, 4.2.1): the time that it takes to get to where the leader's log was ended a
/// while ago is a round; once a round is shorter than an election timeout, its vote costs the group no wait that an
/// election would not.
/// </summary>
/// <param name="maxTicks">Longest last round, in ticks.</param>
internal sealed class CatchUpRounds(int maxTicks)
{
    private readonly Dictionary<NodeId, (long Target, long Since)> _rounds = [];
    private readonly HashSet<NodeId> _ready = [];
    private long _tick;

    public bool IsCaughtUp(NodeId learner) => _ready.Contains(learner);

    /// <summary>A tick of the leader.</summary>
    /// <param name="members">As the leader knows them.</param>
    /// <param name="lastIndex">End of the leader's log.</param>
    public void Tick(IReadOnlyList<MemberProgress> members, long lastIndex)
    {
        _tick++;
        foreach (MemberProgress member in members)
        {
            if (!member.IsLearner)
            {
                Forget(member.Node);
                continue;
            }

            if (!_rounds.TryGetValue(member.Node, out (long Target, long Since) round))
            {
                _rounds[member.Node] = (lastIndex, _tick);
                continue;
            }

            bool isInTime = _tick - round.Since <= maxTicks;
            if (member.Match >= round.Target)
            {
                if (isInTime && member.IsActive)
                    _ready.Add(member.Node);
                _rounds[member.Node] = (lastIndex, _tick);
            }
            else if (!isInTime)
            {
                // Also one that was ready once: it may have fallen behind since.
                _ready.Remove(member.Node);
            }
        }
    }

    /// <summary>Another member leads, and counts anew.</summary>
    public void Clear()
    {
        _rounds.Clear();
        _ready.Clear();
    }

    private void Forget(NodeId node)
    {
        _rounds.Remove(node);
        _ready.Remove(node);
    }
}
