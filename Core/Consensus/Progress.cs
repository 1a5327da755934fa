namespace Cmq.MultiProtocol.Core.Consensus;

/// <summary>What a leader knows of one member, itself included.</summary>
internal sealed class Progress(NodeId id, RaftOptions options, long lastIndex, long tick)
{
    private readonly Inflights _inflights = new(options.MaxInflightMessages, options.MaxInflightBytes);
    private long _sentCommit;
    private bool _paused;
    private bool _forced;

    public NodeId Id { get; } = id;

    /// <summary>Everything up to here is durable there, and the same as here.</summary>
    public long Match { get; private set; }

    /// <summary>First index to send.</summary>
    public long Next { get; private set; } = lastIndex + 1;

    public ProgressState State { get; private set; } = ProgressState.Probe;

    /// <summary>Index of the snapshot that the host was asked to send.</summary>
    public long PendingSnapshot { get; private set; }

    /// <summary>Tick of the last message from it; a new leader grants everybody one election
    /// timeout.</summary>
    public long ActiveTick { get; set; } = tick;

    /// <summary>Latest read round that it has answered.</summary>
    public ulong ReadRound { get; set; }

    /// <summary>False while a full window, or the rule of one probe at a time, forbids to send
    /// entries.</summary>
    public bool MaySendEntries => State != ProgressState.Replicate || !_inflights.IsFull;

    /// <summary>Whether an append should go out now: entries, a probe, or news of a commit.</summary>
    public bool WantsAppend(long lastIndex, long commit) => State switch
    {
        ProgressState.Probe => !_paused,
        ProgressState.Replicate => _forced
            || (Next <= lastIndex && !_inflights.IsFull)
            || Math.Min(commit, Next - 1) > _sentCommit,
        _ => false,
    };

    public void Sent(IReadOnlyList<Entry> entries, long commit)
    {
        _forced = false;
        long covered = entries.Count > 0 ? entries[^1].Index : Next - 1;
        _sentCommit = Math.Min(commit, covered);
        if (State == ProgressState.Probe)
            _paused = true;
        else if (entries.Count > 0)
        {
            Next = covered + 1;
            _inflights.Add(covered, EntrySize.Of(entries));
        }
    }

    /// <summary>The host has no snapshot yet: the follower's next heartbeat reply tries again.</summary>
    public void Pause() => _paused = true;

    /// <summary>
    /// A heartbeat reply means that a probe, or appends under way, may have been lost: one more append, empty
    /// if the window is full, gets an acknowledgement or a rejection.
    /// </summary>
    public void HeartbeatReplied(long lastIndex)
    {
        _paused = false;
        _forced = Match < lastIndex;
    }

    /// <returns>False when the reply says nothing new.</returns>
    public bool Acknowledged(long index, long firstStored)
    {
        bool isNews = index > Match;
        if (isNews)
        {
            Match = index;
            Next = Math.Max(Next, index + 1);
        }
        switch (State)
        {
            case ProgressState.Probe when index == Match:
            case ProgressState.Snapshot when isNews && Match + 1 >= firstStored:
                BecomeReplicate();
                break;
            case ProgressState.Replicate:
                _inflights.AcknowledgedUpTo(index);
                break;
        }
        return isNews;
    }

    /// <param name="rejected">Index that the follower could not match.</param>
    /// <param name="hint">Greatest index at which the logs may agree.</param>
    /// <returns>False when the rejection is a stale one.</returns>
    public bool Rejected(long rejected, long hint)
    {
        switch (State)
        {
            case ProgressState.Replicate when rejected > Match:
                BecomeProbe();
                Next = Math.Max(Math.Min(rejected - 1, hint), Match) + 1;
                return true;
            case ProgressState.Probe when rejected == Next - 1:
                Next = Math.Max(Math.Min(rejected - 1, hint), Match) + 1;
                _sentCommit = Math.Min(_sentCommit, Match);
                _paused = false;
                return true;
            default:
                return false;
        }
    }

    /// <summary>The own log: counted up to what is durable here.</summary>
    public void Stored(long index)
    {
        Match = Math.Max(Match, index);
        Next = Math.Max(Next, index + 1);
    }

    public void BecomeProbe()
    {
        long next = State == ProgressState.Snapshot ? Math.Max(Match, PendingSnapshot) + 1 : Match + 1;
        Reset(ProgressState.Probe, next);
    }

    public void BecomeSnapshot(long snapshotIndex)
    {
        Reset(ProgressState.Snapshot, Next);
        PendingSnapshot = snapshotIndex;
    }

    public void SnapshotReported(bool ok)
    {
        if (!ok)
            PendingSnapshot = 0;
        BecomeProbe();

        // Its reply to the snapshot or to a heartbeat starts it again; a probe now might come too early.
        _paused = true;
    }

    private void BecomeReplicate() => Reset(ProgressState.Replicate, Match + 1);

    private void Reset(ProgressState state, long next)
    {
        State = state;
        Next = next;
        PendingSnapshot = 0;
        _paused = false;
        _forced = false;
        _sentCommit = Math.Min(_sentCommit, Match);
        _inflights.Clear();
    }
}
