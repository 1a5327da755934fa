namespace Cmq.MultiProtocol.Core.Consensus;

/// <content>What goes out to the host, and its answers about the store.</content>
public sealed partial class RaftNode
{
    private readonly Queue<(long ReadyNumber, HardState HardState)> _hardStateWrites = [];
    private readonly List<NodeId> _needSnapshot = [];
    private readonly List<RaftMessage> _messages = [];
    private readonly List<RaftMessage> _messagesAfterStored = [];
    private readonly List<ReadState> _readStates = [];
    private HardState _handedOut;
    private HardState _durable;
    private bool _mustStoreHardState;
    private long _readyNumber;

    /// <summary>Whether <see cref="TakeReady"/> has something to give.</summary>
    public bool HasReady
        => _messages.Count > 0
        || _messagesAfterStored.Count > 0
        || _readStates.Count > 0
        || _needSnapshot.Count > 0
        || _reads.IsRoundDue
        || _log.Written < _log.LastIndex
        || _log.HasToApply
        || MustStoreHardState
        || MustGoOn
        || (Role == RaftRole.Leader && HasAppendsToSend());

    // A newer commit index alone is not worth a write of its own: it is a hint, and goes with the next
    // entries.
    private bool MustStoreHardState
        => _mustStoreHardState || Term != _handedOut.Term || _vote != _handedOut.Vote;

    /// <summary>
    /// Moves the work out. May be called again before earlier Readys are stored: writes, and what waits for
    /// them, are then under way in the order of their numbers.
    /// </summary>
    public Ready TakeReady()
    {
        if (_reads.IsRoundDue)
        {
            _reads.BeginRound();
            AnswerOwnReadRound();
            SendHeartbeats();
        }
        GoOnIfDue();
        if (Role == RaftRole.Leader)
            SendAppends();

        long number = ++_readyNumber;
        IReadOnlyList<Entry> entries = _log.TakeUnwritten(number);
        HardState? hardState = TakeHardState(number, hasEntries: entries.Count > 0);
        var ready = new Ready(
            number,
            hardState,
            entries,
            Take(_messages),
            Take(_messagesAfterStored),
            _log.TakeCommitted(_options.MaxApplyBytes),
            Take(_readStates),
            Take(_needSnapshot));
        ActivateConfigurations(ready.Committed);
        CampaignIfDue();
        return ready;
    }

    /// <summary>All writes of Readys up to this one are durable, and the <see cref="IRaftLog"/> shows
    /// them.</summary>
    public void Stored(long readyNumber)
    {
        Invariant.Check(readyNumber <= _readyNumber, "A Ready was stored that was never handed out.");
        while (_hardStateWrites.TryPeek(out var write) && write.ReadyNumber <= readyNumber)
        {
            _durable = write.HardState;
            _hardStateWrites.Dequeue();
        }
        _log.StoredUpTo(readyNumber);

        CountOwnVoteIfDurable();
        if (Role != RaftRole.Leader)
            return;

        // The leader's own acknowledgement: not earlier than a follower's would be.
        _electorate.Find(_options.Self)?.Stored(_log.Stored);
        CommitByQuorum();
    }

    private HardState? TakeHardState(long number, bool hasEntries)
    {
        // Not beyond what is stored already: a crash may cut a write behind its hard state, and then the entries that
        // came with it are not there.
        var current = new HardState(Term, _vote, Math.Min(CommitIndex, _log.Stored));
        if (!MustStoreHardState && (!hasEntries || current == _handedOut))
            return null;
        _handedOut = current;
        _mustStoreHardState = false;
        _hardStateWrites.Enqueue((number, current));
        return current;
    }

    private void AnswerOwnReadRound()
    {
        if (_electorate.Find(_options.Self) is { } own)
            own.ReadRound = _reads.Round;
        ConfirmReads();
    }

    private bool HasAppendsToSend()
    {
        foreach (Progress progress in _electorate.All)
        {
            if (WantsAppend(progress))
                return true;
        }
        return false;
    }

    private void Send(in RaftMessage message) => _messages.Add(Address(message));

    private void SendAfterStored(in RaftMessage message) => _messagesAfterStored.Add(Address(message));

    /// <summary>An answer goes to the disk that asked, which this member's configuration need not know yet; everything
    /// else to the one that the configuration means.</summary>
    private RaftMessage Address(in RaftMessage message)
        => message with
        {
            From = _options.Self,
            FromStore = _options.Store,
            ToStore = message.ToStore == Guid.Empty ? Members.StoreOf(message.To) : message.ToStore,
            Term = message.Term == 0 ? Term : message.Term,
        };

    private static T[] Take<T>(List<T> list)
    {
        T[] taken = [.. list];
        list.Clear();
        return taken;
    }
}
