using System.Runtime.InteropServices;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>Strict check-outs, delays and delivery counts: what only some messages have.</summary>
internal sealed partial class QueueState
{
    private readonly Dictionary<long, Exceptional> _exceptional = [];
    private readonly Dictionary<long, (long Sequence, RequestId Request)> _checkOuts = [];
    private readonly Dictionary<RequestId, (long First, int Count, int Left)> _requests = [];
    private readonly DueHeap _deadlines;
    private readonly DueHeap _delays;
    private long _nextCheckOut = 1;
    private (long Sequence, long TimeMs) _oldest = (-1, 0);
    private (long Sequence, long TimeMs) _floor = (-1, 0);

    /// <summary>Messages under a strict check-out.</summary>
    public int CheckedOut => _checkOuts.Count;

    public long CheckedOutBytes { get; private set; }

    /// <summary>Messages that wait for their delay.</summary>
    public int Delayed { get; private set; }

    public long DelayedBytes { get; private set; }

    /// <summary>Deliveries that the log knows of.</summary>
    public int DeliveriesOf(long sequence) => Find(sequence).Deliveries;

    /// <summary>Neither checked out nor delayed (eager holds are not known here).</summary>
    public bool IsVisible(long sequence) =>
        _exceptional.Count == 0 || Find(sequence) is { CheckOut: 0, DelayDueMs: 0 };

    public void Delay(long sequence, long dueMs)
    {
        ref Exceptional found = ref CollectionsMarshal.GetValueRefOrAddDefault(_exceptional, sequence, out _);
        found.DelayDueMs = dueMs;
        Delayed++;
        DelayedBytes += Read(sequence).Bytes;
        _delays.Add(dueMs, sequence);
    }

    /// <summary>The first message whose delay has passed becomes visible.</summary>
    public bool TryEndDelay(long nowMs, out long sequence)
    {
        if (!_delays.TryPeek(out long dueMs, out sequence) || dueMs > nowMs)
            return false;
        ref Exceptional found = ref CollectionsMarshal.GetValueRefOrNullRef(_exceptional, sequence);
        found.DelayDueMs = 0;
        Delayed--;
        DelayedBytes -= Read(sequence).Bytes;
        RemoveIfPlain(sequence, found);
        return true;
    }

    /// <summary>
    /// Checks out one visible message for a request; the numbers of a request follow each other.
    /// </summary>
    public void CheckOut(long sequence, RequestId request, long nowMs)
    {
        ref Exceptional found = ref CollectionsMarshal.GetValueRefOrAddDefault(_exceptional, sequence, out _);
        if (found.Deliveries == 0 || found.FirstCheckOutMs == 0)
            found.FirstCheckOutMs = nowMs;
        found.Deliveries++;
        found.CheckOut = _nextCheckOut++;
        found.DeadlineMs = nowMs + Settings.VisibilityTimeoutMs;
        _checkOuts.Add(found.CheckOut, (sequence, request));
        CheckedOutBytes += Read(sequence).Bytes;
        _deadlines.Add(found.DeadlineMs, sequence);
        ref (long First, int Count, int Left) asked =
            ref CollectionsMarshal.GetValueRefOrAddDefault(_requests, request, out bool known);
        if (!known)
            asked.First = found.CheckOut;
        asked.Count++;
        asked.Left++;
        _deadlines.Trim(_checkOuts.Count);
    }

    /// <summary>The request was applied before, and some of what it checked out still is.</summary>
    public bool HasRequest(RequestId request) => _requests.ContainsKey(request);

    /// <summary>What a request has checked out and is still under that check-out, in order.</summary>
    public void CheckedOutBy(RequestId request, List<CheckedOutMessage> messages)
    {
        if (!_requests.TryGetValue(request, out (long First, int Count, int Left) asked))
            return;
        for (long number = asked.First; number < asked.First + asked.Count; number++)
        {
            if (!_checkOuts.TryGetValue(number, out (long Sequence, RequestId Request) checkOut))
                continue;
            Exceptional found = Find(checkOut.Sequence);
            messages.Add(new CheckedOutMessage(
                checkOut.Sequence, number, found.Deliveries, found.FirstCheckOutMs, found.DeadlineMs));
        }
    }

    /// <summary>The message of a check-out whose deadline has not passed.</summary>
    public bool TryFindCheckOut(long number, long nowMs, out long sequence)
    {
        sequence = -1;
        if (!_checkOuts.TryGetValue(number, out (long Sequence, RequestId Request) checkOut))
            return false;
        sequence = checkOut.Sequence;
        // Past its deadline it may be checked out by someone else before the tick says so.
        return Find(sequence).DeadlineMs > nowMs;
    }

    /// <summary>The check-out with the earliest deadline, if that has passed.</summary>
    public bool TryPeekDeadline(long nowMs, out long sequence) =>
        _deadlines.TryPeek(out long dueMs, out sequence) && dueMs <= nowMs;

    /// <summary>Ends a message's check-out; it is visible again.</summary>
    /// <param name="sequence">The message.</param>
    /// <param name="counts">False: it was never handed out, so the delivery does not count.</param>
    public void EndCheckOut(long sequence, bool counts)
    {
        ref Exceptional found = ref CollectionsMarshal.GetValueRefOrNullRef(_exceptional, sequence);
        RemoveCheckOut(found.CheckOut);
        CheckedOutBytes -= Read(sequence).Bytes;
        found.CheckOut = 0;
        found.DeadlineMs = 0;
        if (counts)
            return;
        if (--found.Deliveries == 0)
            found.FirstCheckOutMs = 0;
        RemoveIfPlain(sequence, found);
    }

    /// <summary>An eager delivery came back.</summary>
    /// <returns>Deliveries so far.</returns>
    public int CountDelivery(long sequence, int mostCounted)
    {
        if (_exceptional.Count >= mostCounted && !_exceptional.ContainsKey(sequence))
            return 1;
        ref Exceptional found = ref CollectionsMarshal.GetValueRefOrAddDefault(_exceptional, sequence, out _);
        if (found.Deliveries < int.MaxValue)
            found.Deliveries++;
        return found.Deliveries;
    }

    /// <summary>
    /// Log time at which a tick has something to do here; <see cref="long.MaxValue"/> = never.
    /// </summary>
    public long NextDueMs(long ageSlackMs)
    {
        long dueMs = long.MaxValue;
        if (_deadlines.TryPeek(out long deadlineMs, out _))
            dueMs = deadlineMs;
        if (_delays.TryPeek(out long delayMs, out _))
            dueMs = Math.Min(dueMs, delayMs);
        if (Settings.RetentionMs is { } retentionMs && Unsettled > 0)
            dueMs = Math.Min(dueMs, Later(TimeMsOf(FirstUnsettled, ref _oldest), retentionMs, ageSlackMs));
        if (Settings.RewindMs > 0 && RewindFloor < NextSequence)
            dueMs = Math.Min(dueMs, Later(TimeMsOf(RewindFloor, ref _floor), RewindWindowMs, ageSlackMs));
        return dueMs;
    }

    /// <summary>How long settled messages stay.</summary>
    public long RewindWindowMs => Math.Min(Settings.RewindMs, Settings.RetentionMs ?? long.MaxValue);

    /// <summary>When the first row at or after a number was stored. Asked with every command, so what was found is
    /// remembered: the row may be at the far end of a long queue.</summary>
    private long TimeMsOf(long sequence, ref (long Sequence, long TimeMs) known)
    {
        if (known.Sequence != sequence)
        {
            RowBlock block = _blocks.Load(_blocks[_blocks.PositionOf(sequence)]);
            known = (sequence, block.TimeMs((int)Math.Max(0, sequence - block.First)));
        }

        return known.TimeMs;
    }

    private static long Later(long timeMs, long ageMs, long slackMs) =>
        ageMs >= long.MaxValue - timeMs - slackMs ? long.MaxValue : timeMs + ageMs + slackMs;

    private Exceptional Find(long sequence) => _exceptional.GetValueOrDefault(sequence);

    private void Forget(long sequence, int bytes)
    {
        if (!_exceptional.Remove(sequence, out Exceptional found))
            return;
        if (found.CheckOut != 0)
        {
            RemoveCheckOut(found.CheckOut);
            CheckedOutBytes -= bytes;
        }

        if (found.DelayDueMs != 0)
        {
            Delayed--;
            DelayedBytes -= bytes;
        }
    }

    private void RemoveCheckOut(long number)
    {
        _checkOuts.Remove(number, out (long Sequence, RequestId Request) checkOut);
        ref (long First, int Count, int Left) asked =
            ref CollectionsMarshal.GetValueRefOrNullRef(_requests, checkOut.Request);
        if (--asked.Left == 0)
            _requests.Remove(checkOut.Request);
    }

    private void RemoveIfPlain(long sequence, in Exceptional found)
    {
        if (found is { Deliveries: 0, CheckOut: 0, DelayDueMs: 0 })
            _exceptional.Remove(sequence);
    }
}
