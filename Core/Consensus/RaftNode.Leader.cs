namespace Cmq.MultiProtocol.Core.Consensus;

/// <content>Leading: replication (Raft section 5.3), commitment (5.4.2), reads, transfer of
/// leadership.</content>
public sealed partial class RaftNode
{
    /// <summary>
    /// Appends an entry to the leader's log; it goes out with the next <see cref="Ready"/>, together with all
    /// that came since the last one.
    /// </summary>
    /// <param name="index">Where it stands; it is committed if it comes back there in the same term.</param>
    /// <returns>False: not leader, leadership is being handed over, this member is leaving the group, or too many
    /// bytes are uncommitted.</returns>
    public bool TryPropose(EntryKind kind, ReadOnlyMemory<byte> payload, out long index)
    {
        Invariant.Check(kind == EntryKind.Batch, "Only the engine appends its own entries.");
        index = 0;
        if (Role != RaftRole.Leader || _transferTo != Nobody || _isLeaving)
            return false;
        var entry = new Entry(LastIndex + 1, Term, kind, payload);
        if (!_proposals.HasRoomFor(EntrySize.Of(entry)))
            return false;
        AppendOwn(entry);
        index = entry.Index;
        return true;
    }

    /// <summary>
    /// Asks whether this member still leads; the answer is a <see cref="ReadState"/> with the same context.
    /// Contexts that were not answered when <see cref="Role"/> or <see cref="Term"/> changes are forgotten.
    /// </summary>
    /// <returns>
    /// False: not leader, no entry of its own term committed yet (its commit index may be behind), or too
    /// many wait.
    /// </returns>
    public bool TryReadIndex(ulong context)
    {
        if (Role != RaftRole.Leader || !_log.Matches(CommitIndex, Term))
            return false;
        if (!_electorate.IsSoleVoter(_options.Self))
            return _reads.TryAdd(context, CommitIndex);
        _readStates.Add(new ReadState(context, CommitIndex));
        return true;
    }

    /// <summary>
    /// Hands leadership to a voter: brings it up to date, refuses proposals meanwhile, then lets it campaign.
    /// Given up after an election timeout. Without effect unless this member leads and the other is a voter that
    /// stays one.
    /// </summary>
    public void TransferLeadership(NodeId to)
    {
        bool isPossible = Role == RaftRole.Leader && _electorate.StaysVoter(to)
            && to != _options.Self && to != _transferTo;
        if (!isPossible)
            return;
        _transferTo = to;
        _ticksSinceTransfer = 0;
        FinishTransferIfUpToDate();
    }

    /// <summary>A message to a peer was lost for certain: pipelining to it stops until a probe is
    /// answered.</summary>
    public void ReportUnreachable(NodeId peer)
    {
        if (Role == RaftRole.Leader && _electorate.Find(peer) is { State: ProgressState.Replicate } progress)
            progress.BecomeProbe();
    }

    /// <summary>How the snapshot of <see cref="Ready.NeedSnapshot"/> went; must be called for each,
    /// once.</summary>
    /// <param name="ok">The follower has installed it, or did not need it.</param>
    public void ReportSnapshot(NodeId peer, bool ok)
    {
        if (Role == RaftRole.Leader && _electorate.Find(peer) is { State: ProgressState.Snapshot } progress)
            progress.SnapshotReported(ok);
    }

    private void BecomeLeader()
    {
        Enter(Term);
        Role = RaftRole.Leader;
        Leader = _options.Self;
        _ticksSinceHeartbeat = 0;
        _electorate.Find(_options.Self)?.Stored(_log.Stored);

        // Nothing of an earlier term may be committed by counting (figure 8); this entry commits all before
        // it.
        AppendOwn(new Entry(LastIndex + 1, Term, EntryKind.Leader, default));
        _lastConfiguration = LastIndex;
    }

    private void AppendOwn(in Entry entry)
    {
        _log.Append(entry);
        _proposals.Add(entry.Index, EntrySize.Of(entry));
    }

    private void TickLeader()
    {
        if (!_electorate.IsQuorumActive(_options.Self, sinceTick: _tick - _options.ElectionTicks))
        {
            BecomeFollower(Term, Nobody);
            return;
        }
        if (_transferTo != Nobody && ++_ticksSinceTransfer >= _options.ElectionTicks)
            _transferTo = Nobody;
        if (_transferTo == Nobody && !IsVoter)
        {
            BecomeFollower(Term, Nobody);
            return;
        }
        if (++_ticksSinceHeartbeat >= _options.HeartbeatTicks)
            SendHeartbeats();
    }

    private void SendHeartbeats()
    {
        _ticksSinceHeartbeat = 0;
        foreach (Progress progress in _electorate.All)
        {
            if (progress.Id == _options.Self)
                continue;
            Send(new RaftMessage
            {
                Kind = RaftMessageKind.Heartbeat,
                To = progress.Id,

                // It may lack entries that it has not acknowledged.
                Commit = Math.Min(progress.Match, CommitIndex),
                Context = _reads.Round,
            });
        }
    }

    private void TakeHeartbeatReply(in RaftMessage reply)
    {
        if (_electorate.Find(reply.From) is not { } progress)
            return;
        progress.ActiveTick = _tick;
        progress.HeartbeatReplied(LastIndex);
        progress.ReadRound = Math.Max(progress.ReadRound, reply.Context);
        ConfirmReads();
    }

    private void ConfirmReads() => _reads.ConfirmUpTo(_electorate.ReadRoundOfQuorum(), _readStates);

    private void TakeAppendReply(in RaftMessage reply)
    {
        if (_electorate.Find(reply.From) is not { } progress)
            return;
        Invariant.Check(reply.Index <= LastIndex, "A follower answers for an entry that never was.");
        progress.ActiveTick = _tick;
        if (reply.Reject)
        {
            long hint = reply.LogTerm > 0
                ? _log.FindByTerm(reply.RejectHint, reply.LogTerm, out _)
                : reply.RejectHint;
            progress.Rejected(reply.Index, hint);
            return;
        }
        if (!progress.Acknowledged(reply.Index, _log.FirstIndex))
            return;
        CommitByQuorum();
        FinishTransferIfUpToDate();
    }

    private void CommitByQuorum()
    {
        long index = _electorate.MatchOfQuorum();
        if (index > CommitIndex && _log.Matches(index, Term))
            _log.CommitTo(index);
        _proposals.ReleaseUpTo(Math.Min(CommitIndex, _log.Stored));
    }

    private void FinishTransferIfUpToDate()
    {
        if (_transferTo != Nobody && _electorate.Find(_transferTo)?.Match == LastIndex)
            Send(new RaftMessage { Kind = RaftMessageKind.TimeoutNow, To = _transferTo });
    }

    /// <summary>Fills every follower's window.</summary>
    private void SendAppends()
    {
        foreach (Progress progress in _electorate.All)
        {
            while (WantsAppend(progress) && TrySendAppend(progress))
                continue;
        }
    }

    private bool WantsAppend(Progress progress)
        => progress.Id != _options.Self && progress.WantsAppend(LastIndex, CommitIndex);

    private bool TrySendAppend(Progress progress)
    {
        long previous = progress.Next - 1;
        if (progress.Next < _log.FirstIndex || !_log.TryGetTerm(previous, out long previousTerm))
        {
            AskForSnapshot(progress);
            return false;
        }

        IReadOnlyList<Entry> entries = progress.Next <= LastIndex && progress.MaySendEntries
            ? _log.Read(progress.Next, LastIndex, _options.MaxMessageBytes)
            : [];
        Send(new RaftMessage
        {
            Kind = RaftMessageKind.Append,
            To = progress.Id,
            Index = previous,
            LogTerm = previousTerm,
            Commit = CommitIndex,
            Entries = entries,
        });
        progress.Sent(entries, CommitIndex);
        return true;
    }

    private void AskForSnapshot(Progress progress)
    {
        if (_log.Snapshot is { } mark)
        {
            progress.BecomeSnapshot(mark.Index);
            _needSnapshot.Add(progress.Id);
        }
        else
        {
            // There will be one soon, else nothing would have been cut.
            progress.BecomeProbe();
            progress.Pause();
        }
    }
}
