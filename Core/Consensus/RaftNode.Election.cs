namespace Cmq.MultiProtocol.Core.Consensus;

/// <content>Elections: Raft sections 5.2 and 5.4.1, pre-vote as in section 9.6 of the thesis.</content>
public sealed partial class RaftNode
{
    private bool HearsLeader
        => Leader != Nobody && (Role == RaftRole.Leader || _electionElapsed < _options.ElectionTicks);

    private bool _isCampaignDue;
    private bool _isTransferDue;

    /// <summary>Asks for pre-votes, and for votes if it would win, as soon as everything known to be committed is
    /// applied. Nothing happens to a leader or a learner.</summary>
    public void Campaign()
    {
        DrawElectionTimeout();
        _isCampaignDue = Role != RaftRole.Leader;
        CampaignIfDue();
    }

    /// <summary>A configuration may be among what is committed and not applied, and with an older one this member
    /// might win without those who decide by now.</summary>
    private void CampaignIfDue()
    {
        if ((!_isCampaignDue && !_isTransferDue) || _log.Applied < _log.Committed)
            return;
        bool isTransfer = _isTransferDue;
        _isCampaignDue = false;
        _isTransferDue = false;
        if (!IsVoter)
            return;
        if (isTransfer)
            StartElection(isTransfer: true);
        else
            AskBeforehand();
    }

    private void AskBeforehand()
    {
        _electorate = new Electorate(Members, _options, LastIndex, _tick);
        Role = RaftRole.PreCandidate;
        Leader = Nobody;
        AskForVotes(RaftMessageKind.PreVote, Term + 1, isTransfer: false);
        _electorate.RecordVote(_options.Self, granted: true);
        FinishCampaign();
    }

    private void StartElection(bool isTransfer)
    {
        Enter(Term + 1);
        Role = RaftRole.Candidate;
        _vote = _options.Self;
        AskForVotes(RaftMessageKind.Vote, Term, isTransfer);
    }

    private void AskForVotes(RaftMessageKind kind, long term, bool isTransfer)
    {
        foreach (Progress voter in _electorate.Voters)
        {
            if (voter.Id == _options.Self)
                continue;
            SendAfterStored(new RaftMessage
            {
                Kind = kind,
                To = voter.Id,
                Term = term,
                Index = LastIndex,
                LogTerm = _log.LastTerm,
                Transfer = isTransfer,
            });
        }
    }

    private void AnswerVote(in RaftMessage request)
    {
        bool isVote = request.Kind == RaftMessageKind.Vote;
        bool isFree = _vote == request.From
            || (_vote == Nobody && Leader == Nobody)
            || (!isVote && request.Term > Term);
        bool granted = isFree && _log.IsUpToDate(request.Index, request.LogTerm);
        if (granted && isVote)
        {
            _vote = request.From;
            _electionElapsed = 0;
            _isCampaignDue = false;
        }
        SendAfterStored(new RaftMessage
        {
            Kind = isVote ? RaftMessageKind.VoteReply : RaftMessageKind.PreVoteReply,
            To = request.From,
            ToStore = request.FromStore,
            Term = granted ? request.Term : Term,
            Reject = !granted,
        });
    }

    private void CountVote(in RaftMessage reply)
    {
        RaftMessageKind awaited = Role switch
        {
            RaftRole.PreCandidate => RaftMessageKind.PreVoteReply,
            RaftRole.Candidate => RaftMessageKind.VoteReply,
            _ => default,
        };
        bool isOfThisCampaign = reply.Kind == awaited
            && (reply.Reject || reply.Term == (Role == RaftRole.PreCandidate ? Term + 1 : Term));
        if (!isOfThisCampaign)
            return;
        _electorate.RecordVote(reply.From, !reply.Reject);
        FinishCampaign();
    }

    /// <summary>The own vote counts like another's: when it is durable.</summary>
    private void CountOwnVoteIfDurable()
    {
        if (Role != RaftRole.Candidate || _durable.Term != Term || _durable.Vote != _options.Self)
            return;
        _electorate.RecordVote(_options.Self, granted: true);
        FinishCampaign();
    }

    private void FinishCampaign()
    {
        if (_electorate.IsLost)
            BecomeFollower(Term, Nobody);
        else if (_electorate.IsWon && Role == RaftRole.PreCandidate)
            StartElection(isTransfer: false);
        else if (_electorate.IsWon)
            BecomeLeader();
    }
}
