namespace Cmq.MultiProtocol.Core.Consensus;

/// <content>Following a leader: Raft section 5.3, snapshots of section 7.</content>
public sealed partial class RaftNode
{
    /// <summary>
    /// Whether a snapshot that a leader offers should be installed. False when this log holds all of it: then
    /// installing would drop entries that were acknowledged, and the host reports success without doing
    /// anything.
    /// </summary>
    public bool AcceptsSnapshot(SnapshotMark mark)
        => Role != RaftRole.Leader && mark.Index > CommitIndex && !_log.Matches(mark.Index, mark.Term);

    /// <summary>
    /// The host has installed state and store for a snapshot that <see cref="AcceptsSnapshot"/> still
    /// accepts, and no write of an earlier Ready was under way in the store; the log is empty and continues
    /// at mark.Index + 1. The hard state comes again with the next Ready.
    /// </summary>
    public void RestoredSnapshot(SnapshotMark mark)
    {
        Invariant.Check(
            Role != RaftRole.Leader && mark.Index > CommitIndex,
            "A snapshot was installed over a log that it must not replace.");
        NodeId leader = Leader;
        _log.Restore(mark);
        BecomeFollower(Math.Max(Term, mark.Term), mark.Term > Term ? Nobody : leader);
        _electorate = new Electorate(mark.Members, _options, LastIndex, _tick);
        _mustStoreHardState = true;
        if (Leader != Nobody)
            AcknowledgeAppend(Leader, Members.StoreOf(Leader), mark.Index);
    }

    private void Follow(NodeId leader)
    {
        Invariant.Check(Role != RaftRole.Leader, "Two leaders in one term.");
        if (Role != RaftRole.Follower)
            BecomeFollower(Term, leader);
        Leader = leader;
        _electionElapsed = 0;
        _isCampaignDue = false;
    }

    private void AnswerAppend(in RaftMessage append)
    {
        // Late, or repeated: what is committed is the same everywhere.
        if (append.Index < CommitIndex)
        {
            AcknowledgeAppend(append.From, append.FromStore, CommitIndex);
            return;
        }
        if (!_log.Matches(append.Index, append.LogTerm))
        {
            RejectAppend(append);
            return;
        }

        long last = append.Index + append.Entries.Count;
        _log.Merge(append.Entries);
        _log.CommitTo(Math.Min(append.Commit, last));
        AcknowledgeAppend(append.From, append.FromStore, last);
    }

    private void AcknowledgeAppend(NodeId leader, Guid store, long index) => SendAfterStored(new RaftMessage
    {
        Kind = RaftMessageKind.AppendReply,
        To = leader,
        ToStore = store,
        Index = index,
    });

    private void RejectAppend(in RaftMessage append)
    {
        long hint = _log.FindByTerm(Math.Min(append.Index, LastIndex), append.LogTerm, out long hintTerm);

        // At once: a rejection promises nothing, and the leader waits for it to find where the logs meet.
        Send(new RaftMessage
        {
            Kind = RaftMessageKind.AppendReply,
            To = append.From,
            ToStore = append.FromStore,
            Index = append.Index,
            Reject = true,
            RejectHint = hint,
            LogTerm = hintTerm,
        });
    }

    private void AnswerHeartbeat(in RaftMessage heartbeat)
    {
        _log.CommitTo(heartbeat.Commit);
        Send(new RaftMessage
        {
            Kind = RaftMessageKind.HeartbeatReply,
            To = heartbeat.From,
            ToStore = heartbeat.FromStore,
            Context = heartbeat.Context,
        });
    }
}
