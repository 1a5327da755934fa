namespace Cmq.MultiProtocol.Core.Consensus;

/// <summary>
/// One member of a Raft group: a pure, single-threaded step function in the manner of etcd's raft. It is told
/// of ticks, messages, proposals and finished writes, and hands out <see cref="Ready"/>s; it knows no clock,
/// thread, socket or file, and the same calls give the same Readys.
/// </summary>
/// <remarks>
/// Pre-vote and check-quorum are always on. Not thread-safe. An <see cref="InvariantException"/> means that
/// the log or a peer contradicts what Raft guarantees; the member must not go on.
/// </remarks>
public sealed partial class RaftNode
{
    private static readonly NodeId Nobody = new(0);

    private readonly RaftOptions _options;
    private readonly LogView _log;
    private readonly Func<int, int> _nextRandom;
    private readonly PendingReads _reads;
    private readonly UncommittedProposals _proposals;

    private Electorate _electorate;
    private NodeId _vote;
    private NodeId _transferTo;
    private long _tick;
    private int _ticksSinceHeartbeat;
    private int _ticksSinceTransfer;

    // Ticks since the leader was heard or a vote given or asked for, and how many make an election.
    private int _electionElapsed;
    private int _electionTimeout;

    /// <summary>Starts a member from what its store recovered. A sole voter campaigns at once.</summary>
    /// <param name="hardState">Default for a new member.</param>
    /// <param name="appliedIndex">Last index in the state machine; applying goes on behind it.</param>
    /// <param name="nextRandom">Gives a number in [0, n) for n; spreads elections.</param>
    public RaftNode(
        RaftOptions options,
        HardState hardState,
        GroupMembers members,
        long appliedIndex,
        IRaftLog log,
        Func<int, int> nextRandom)
    {
        Invariant.Check(
            options is { HeartbeatTicks: > 0, DisconnectJitterTicks: > 0 }
                && options.ElectionTicks > options.HeartbeatTicks,
            "A member must miss at least one heartbeat before it campaigns.");
        _options = options;
        _nextRandom = nextRandom;
        _reads = new PendingReads(options.MaxPendingReads);
        _proposals = new UncommittedProposals(options.MaxUncommittedBytes);
        _log = new LogView(
            log, Math.Max(hardState.Commit, appliedIndex), appliedIndex, options.MaxUncommittedBytes);
        _log.CommitTo(LastButOneConfiguration());
        _electorate = new Electorate(members, options, _log.LastIndex, _tick);
        _handedOut = _durable = hardState;

        // A crash can come between a snapshot of a later term and the hard state that follows it. No vote of
        // that term can have been given: it would have been durable first.
        long snapshotTerm = log.Snapshot?.Term ?? 0;
        Term = Math.Max(hardState.Term, snapshotTerm);
        _vote = snapshotTerm > hardState.Term ? Nobody : hardState.Vote;
        Invariant.Check(_log.LastTerm <= Term, "The log holds a term that the hard state does not know.");

        DrawElectionTimeout();
        if (_electorate.IsSoleVoter(options.Self))
            Campaign();
    }

    public RaftRole Role { get; private set; }

    public long Term { get; private set; }

    /// <summary>The leader of <see cref="Term"/>; node 0 = unknown.</summary>
    public NodeId Leader { get; private set; }

    public long CommitIndex => _log.Committed;

    /// <summary>Last index, entries that are not yet durable included.</summary>
    public long LastIndex => _log.LastIndex;

    /// <summary>The configuration as of the last entry handed out to be applied.</summary>
    public GroupMembers Members => _electorate.Members;

    /// <summary>Time passes.</summary>
    public void Tick()
    {
        _tick++;
        if (Role == RaftRole.Leader)
            TickLeader();
        else if (++_electionElapsed >= _electionTimeout)
            MissLeader();
    }

    /// <summary>Takes a message of another member; one that is not for this member is dropped.</summary>
    public void Step(in RaftMessage message)
    {
        if (message.To != _options.Self || message.From == _options.Self || IsOfAnotherDisk(message))
            return;
        if (message.Term > Term && !StepHigherTerm(message))
            return;
        if (message.Term < Term)
        {
            AnswerLowerTerm(message);
            return;
        }

        switch (message.Kind)
        {
            case RaftMessageKind.PreVote or RaftMessageKind.Vote:
                AnswerVote(message);
                break;
            case RaftMessageKind.PreVoteReply or RaftMessageKind.VoteReply:
                CountVote(message);
                break;
            case RaftMessageKind.Append:
                Follow(message.From);
                AnswerAppend(message);
                break;
            case RaftMessageKind.Heartbeat:
                Follow(message.From);
                AnswerHeartbeat(message);
                break;
            case RaftMessageKind.AppendReply when Role == RaftRole.Leader:
                TakeAppendReply(message);
                break;
            case RaftMessageKind.HeartbeatReply when Role == RaftRole.Leader:
                TakeHeartbeatReply(message);
                break;
            case RaftMessageKind.TimeoutNow when Role == RaftRole.Follower:
                _isTransferDue = true;
                CampaignIfDue();
                break;
        }
    }

    /// <summary>
    /// What was meant for the disk that this node had before, or is an answer of a disk that the configuration does not
    /// mean. Requests come from whoever leads or wants to, and this member may not have heard of it yet.
    /// </summary>
    private bool IsOfAnotherDisk(in RaftMessage message)
    {
        bool isReply = message.Kind is RaftMessageKind.PreVoteReply or RaftMessageKind.VoteReply
            or RaftMessageKind.AppendReply or RaftMessageKind.HeartbeatReply;
        return (message.ToStore != Guid.Empty && message.ToStore != _options.Store)
            || (isReply && !Members.MayMean(message.From, message.FromStore));
    }

    /// <summary>
    /// The connection to a peer was reset. If it led, this member asks for pre-votes within a few ticks
    /// instead of a whole election timeout; if this member leads, it probes before it pipelines again.
    /// </summary>
    public void PeerDisconnected(NodeId peer)
    {
        if (Role == RaftRole.Leader)
        {
            ReportUnreachable(peer);
            return;
        }
        if (Role != RaftRole.Follower || Leader != peer || peer == Nobody)
            return;

        Leader = Nobody;
        int delayTicks = _nextRandom(_options.DisconnectJitterTicks);
        if (delayTicks == 0)
            MissLeader();
        else
            _electionElapsed = _electionTimeout - delayTicks;
    }

    /// <returns>False for a message that is answered or ignored without entering its term.</returns>
    private bool StepHigherTerm(in RaftMessage message)
    {
        switch (message.Kind)
        {
            // Whoever hears a leader keeps it: a member that was cut off must not depose it (thesis, 4.2.3).
            case RaftMessageKind.PreVote or RaftMessageKind.Vote when HearsLeader && !message.Transfer:
                return false;
            case RaftMessageKind.PreVote:
                AnswerVote(message);
                return false;
            case RaftMessageKind.PreVoteReply when !message.Reject:
                CountVote(message);
                return false;
            case RaftMessageKind.Append or RaftMessageKind.Heartbeat:
                BecomeFollower(message.Term, message.From);
                return true;
            default:
                BecomeFollower(message.Term, Nobody);
                return true;
        }
    }

    /// <summary>Frees a leader or candidate that is stuck in a past term; nothing else there needs an
    /// answer.</summary>
    private void AnswerLowerTerm(in RaftMessage message)
    {
        switch (message.Kind)
        {
            case RaftMessageKind.Append or RaftMessageKind.Heartbeat:
                SendAfterStored(new RaftMessage
                {
                    Kind = RaftMessageKind.AppendReply,
                    To = message.From,
                    ToStore = message.FromStore,
                });
                break;
            case RaftMessageKind.PreVote:
                SendAfterStored(new RaftMessage
                {
                    Kind = RaftMessageKind.PreVoteReply,
                    To = message.From,
                    ToStore = message.FromStore,
                    Reject = true,
                });
                break;
        }
    }

    private void BecomeFollower(long term, NodeId leader)
    {
        Enter(term);
        Role = RaftRole.Follower;
        Leader = leader;
    }

    /// <summary>Forgets what belongs to a role that ends.</summary>
    private void Enter(long term)
    {
        Invariant.Check(term >= Term, "A term went back.");
        if (term > Term)
        {
            Term = term;
            _vote = Nobody;
        }
        Leader = Nobody;
        _transferTo = Nobody;
        _isLeaving = false;
        _isCampaignDue = false;
        _isTransferDue = false;
        _reads.Clear();
        _proposals.Clear();
        _needSnapshot.Clear();
        _electorate = new Electorate(Members, _options, LastIndex, _tick);
        DrawElectionTimeout();
    }

    private void MissLeader()
    {
        Leader = Nobody;
        Campaign();
    }

    private void DrawElectionTimeout()
    {
        _electionElapsed = 0;
        _electionTimeout = _options.ElectionTicks + _nextRandom(_options.ElectionTicks);
    }
}
