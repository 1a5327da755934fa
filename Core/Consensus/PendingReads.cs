namespace Cmq.MultiProtocol.Core.Consensus;

/// <summary>
/// Reads that wait until a quorum has confirmed that this leader still leads (thesis, section 6.4). All that
/// come between two Readys share one heartbeat round.
/// </summary>
internal sealed class PendingReads(int limit)
{
    private readonly Queue<(ulong Round, ReadState Read)> _waiting = [];

    // Never reset, so that an answer to an earlier leadership's round cannot confirm a later read.
    private ulong _round;

    /// <summary>Round to put into heartbeats; 0 when no read waits.</summary>
    public ulong Round => _waiting.Count == 0 ? 0 : _round;

    /// <summary>Reads have come since the last round began.</summary>
    public bool IsRoundDue { get; private set; }

    public bool TryAdd(ulong context, long commit)
    {
        if (_waiting.Count >= limit)
            return false;
        _waiting.Enqueue((_round + 1, new ReadState(context, commit)));
        IsRoundDue = true;
        return true;
    }

    public void BeginRound()
    {
        _round++;
        IsRoundDue = false;
    }

    public void ConfirmUpTo(ulong round, List<ReadState> confirmed)
    {
        while (_waiting.TryPeek(out var first) && first.Round <= round)
        {
            confirmed.Add(first.Read);
            _waiting.Dequeue();
        }
    }

    public void Clear()
    {
        _waiting.Clear();
        IsRoundDue = false;
    }
}
