using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>
/// This node's ordered lane to one group (DESIGN section 3, Lanes): collects commands into numbered batches, sends
/// them to the group's leader, repeats them when the leader changed or an answer is late, and hands out the answers.
/// Thread-safe; completions run outside its lock.
/// </summary>
internal sealed class LaneSender
{
    /// <summary>A batch is closed at this size, so that with the command that reaches it and its table it mostly stays
    /// out of the large object heap.</summary>
    internal const int SoftBatchBytes = 64 * 1024;

    private const int MaxInFlight = 64;

    /// <summary>With fewer batches than this under way a new one goes at once; else commands collect for it until it is
    /// full: an entry costs more than the commands in it (docs/performance.md).</summary>
    private const int EagerInFlight = 3;

    /// <summary>Batches that were sent leave their builders, with grown buffers, to those that come.</summary>
    private const int MaxSpare = 2;
    private const long RepeatAfterMs = 1000;

    private readonly Lock _gate = new();
    private readonly LaneSource _source;
    private readonly Func<Memory<byte>, bool> _send;
    private readonly TimeProvider _time;
    private readonly int _timeoutMs;
    private readonly ByteCount _pending;
    private readonly Queue<Batch> _inFlight = [];
    private readonly Queue<OpenBatch> _closed = [];
    private readonly Stack<BatchBuilder> _spare = [];
    private OpenBatch _open = new(new BatchBuilder());
    private long _nextNumber = 1;
    private long _seenUpTo;
    private long _ownPending;
    private long _gapAt;
    private long _lastProgressMs;

    /// <summary>A turn has not ended yet that enqueued something, of whichever thread.</summary>
    private bool _inTurn;
    private bool _ended;

    /// <param name="source">This node's life.</param>
    /// <param name="send">Gets a batch to the group's leader, or says that it cannot now.</param>
    /// <param name="time">Monotonic time for repeats and time-outs.</param>
    /// <param name="timeoutMs">After this long a command is answered <see cref="Reply.TimedOut"/>; it may still be
    /// applied.</param>
    /// <param name="pending">Counts the bytes of all lanes of a life.</param>
    public LaneSender(
        LaneSource source,
        Func<Memory<byte>, bool> send,
        TimeProvider time,
        int timeoutMs,
        ByteCount? pending = null)
    {
        _pending = pending ?? new ByteCount();
        _source = source;
        _send = send;
        _time = time;
        _timeoutMs = timeoutMs;
    }

    /// <summary>Bytes of commands that wait for their answer.</summary>
    public long PendingBytes => Interlocked.Read(ref _ownPending);

    /// <summary>Number of the batch that the next command goes into; a request that names it is answered after
    /// everything enqueued so far.</summary>
    public long LastNumber
    {
        get
        {
            lock (_gate)
                return _nextNumber - 1 + _closed.Count + (_open.Builder.Count > 0 ? 1 : 0);
        }
    }

    /// <summary>Ends the batch that is being collected: what is enqueued from here on goes into a later one.</summary>
    /// <returns>Number of the last batch that has something of before; 0 = none has.</returns>
    public long Mark()
    {
        lock (_gate)
        {
            if (_open.Builder.Count > 0)
                CloseOpen();
            return _nextNumber - 1 + _closed.Count;
        }
    }

    /// <summary>Appends one command. One that fits no entry (<see cref="BatchBuilder.MaxCommandBytes"/>) goes nowhere and
    /// is answered <see cref="Reply.TooLarge"/>: the group could neither store it nor get rid of it.</summary>
    /// <param name="state">Handed to <paramref name="write"/>.</param>
    /// <param name="write">Writes the command's bytes; called under the lock.</param>
    /// <param name="completion">Gets the answer; null when nobody cares.</param>
    /// <param name="tag">Comes back with the answer.</param>
    /// <returns>The command's size in bytes.</returns>
    public int Enqueue<TState>(
        TState state, Action<TState, IBufferWriter<byte>> write, ILaneCompletion? completion, ulong tag)
        where TState : allows ref struct => Enqueue(state, write, completion, tag, out _);

    /// <summary>The same, and tells the number of the batch that the command goes with; 0 when nothing goes any
    /// more.</summary>
    public int Enqueue<TState>(
        TState state,
        Action<TState, IBufferWriter<byte>> write,
        ILaneCompletion? completion,
        ulong tag,
        out long batch)
        where TState : allows ref struct
    {
        Reply refused = Reply.Unavailable;
        lock (_gate)
        {
            if (!_ended)
            {
                if (_open.Builder.Bytes >= SoftBatchBytes || _open.Builder.Count == BatchBuilder.MaxCommands)
                    CloseOpen();
                int before = _open.Builder.Bytes;
                write(state, _open.Builder);
                int bytes = _open.Builder.Bytes - before;
                if (bytes <= BatchBuilder.MaxCommandBytes)
                {
                    batch = Add(bytes, completion, tag);
                    return bytes;
                }

                _open.Builder.TakeBack(before);
                refused = Reply.TooLarge;
            }
        }

        batch = 0;
        completion?.Completed(tag, 0, new Answer(refused, 0));
        completion?.Flush();
        return 0;
    }

    /// <summary>An answer came.</summary>
    /// <exception cref="MalformedException">It answers more or fewer commands than the batch has.</exception>
    public void Answered(long number, LaneVerdict verdict, Answer[]? answers, long expected)
    {
        Batch? batch = null;
        lock (_gate)
        {
            if (_ended || _inFlight.Count == 0)
                return;
            switch (verdict)
            {
                case LaneVerdict.Gap:
                    // Something was lost on the way. All that followed it reports the same gap: once is enough.
                    if (expected >= _inFlight.Peek().Number && expected < _nextNumber && _gapAt != expected)
                    {
                        _gapAt = expected;
                        SendAgainFrom(expected);
                    }

                    return;
                case LaneVerdict.Gone or LaneVerdict.Forgotten:
                    return;
                case LaneVerdict.Next or LaneVerdict.Repeated:
                    break;
            }

            if (_inFlight.Peek().Number != number)
                return;
            // Looked at before it is taken out: it must not be lost with its answer.
            MalformedException.ThrowIf(
                answers?.Length != _inFlight.Peek().Waiters.Count, "a batch has one answer per command");
            batch = _inFlight.Dequeue();
            _seenUpTo = number;
            _lastProgressMs = NowMs;
            Count(-batch.Bytes);
            Pump();
        }

        Complete(batch.Waiters, answers!);
    }

    /// <summary>The loop that began to enqueue has no more for now: it goes.</summary>
    public void TurnEnded()
    {
        lock (_gate)
        {
            _inTurn = false;
            Pump();
        }
    }

    /// <summary>The group has a new leader, or the way to it was restored.</summary>
    public void SendAgain()
    {
        lock (_gate)
        {
            if (!_ended)
                SendAgainFrom(0);
        }
    }

    /// <summary>Repeats what is late and times out who waited too long; called about every 100 ms.</summary>
    public void Tick()
    {
        List<Waiter>? late = null;
        lock (_gate)
        {
            long now = NowMs;
            if (_inFlight.Count > 0 && now - _lastProgressMs >= RepeatAfterMs)
            {
                _lastProgressMs = now;
                SendAgainFrom(0);
            }

            foreach (Batch batch in _inFlight)
                TakeLate(batch.Waiters, batch.SinceMs, now, ref late);
            foreach (OpenBatch batch in _closed)
                TakeLate(batch.Waiters, batch.SinceMs, now, ref late);
            if (_open.Waiters.Count > 0)
                TakeLate(_open.Waiters, _open.SinceMs, now, ref late);
            Pump();
        }

        if (late is not null)
            Complete(late, new Answer(Reply.TimedOut, 0));
    }

    /// <summary>This life of the node is over: everything that waits is answered, nothing more is sent.</summary>
    public void End()
    {
        List<Waiter> waiters = [];
        lock (_gate)
        {
            _ended = true;
            foreach (Batch batch in _inFlight)
                waiters.AddRange(batch.Waiters);
            foreach (OpenBatch batch in _closed)
                waiters.AddRange(batch.Waiters);
            waiters.AddRange(_open.Waiters);
            _inFlight.Clear();
            _closed.Clear();
            _open = new OpenBatch(new BatchBuilder());
            Count(-PendingBytes);
        }

        Complete(waiters, new Answer(Reply.TimedOut, 0));
    }

    private long NowMs => _time.MonotonicMs();

    private void TakeLate(List<Waiter> waiters, long sinceMs, long now, ref List<Waiter>? late)
    {
        if (now - sinceMs < _timeoutMs)
            return;
        for (int i = 0; i < waiters.Count; i++)
        {
            if (now - waiters[i].SinceMs < _timeoutMs)
                return;
            if (waiters[i].Completion is not { TimesOut: true })
                continue;
            (late ??= []).Add(waiters[i]);
            waiters[i] = new Waiter(null, 0, 0, sinceMs);
        }
    }

    /// <summary>The command that was just written is one of the open batch.</summary>
    /// <returns>The batch's number.</returns>
    private long Add(int bytes, ILaneCompletion? completion, ulong tag)
    {
        _open.Builder.EndCommand();
        long now = NowMs;
        _open.Waiters.Add(new Waiter(completion, tag, bytes, now));
        if (_open.Waiters.Count == 1)
            _open.SinceMs = now;
        long batch = _nextNumber + _closed.Count;
        Count(bytes);
        // Another thread's turn will do: it ends soon, and sends all that is there by then.
        _inTurn = _inTurn || BrokerTurn.TryAdd(this);
        Pump();
        return batch;
    }

    private void CloseOpen()
    {
        _closed.Enqueue(_open);
        _open = new OpenBatch(_spare.TryPop(out BatchBuilder? spare) ? spare : new BatchBuilder());
    }

    private void Pump()
    {
        while (_inFlight.Count < MaxInFlight)
        {
            if (_closed.Count == 0)
            {
                bool now = (_inFlight.Count < EagerInFlight && !_inTurn) || _open.Builder.Bytes >= SoftBatchBytes;
                if (_open.Builder.Count == 0 || !now)
                    return;
                CloseOpen();
            }

            OpenBatch closed = _closed.Dequeue();
            if (_inFlight.Count == 0)
                _lastProgressMs = NowMs;
            int bytes = closed.Builder.Bytes - BatchHeader.Size;
            Memory<byte> payload = closed.Builder.Seal(BatchKind.Machine, _source, _nextNumber, _seenUpTo);
            if (_spare.Count < MaxSpare)
                _spare.Push(closed.Builder);
            _inFlight.Enqueue(new Batch(_nextNumber++, payload, bytes, closed.SinceMs, closed.Waiters));
            // What cannot be sent now goes when the leader is known or the repeat is due.
            _send(payload);
        }
    }

    private void SendAgainFrom(long number)
    {
        if (number == 0)
            _gapAt = 0;
        foreach (Batch batch in _inFlight)
        {
            if (batch.Number < number)
                continue;
            // A copy: the first sending may be an entry of a log by now, and a leader stamps what it proposes.
            if (!_send(batch.Payload.ToArray()))
                return;
        }
    }

    private static void Complete(List<Waiter> waiters, Answer[] answers)
    {
        ILaneCompletion? last = null;
        for (int i = 0; i < answers.Length; i++)
        {
            if (waiters[i].Completion is not { } completion)
                continue;
            if (last is not null && !ReferenceEquals(last, completion))
                last.Flush();
            completion.Completed(waiters[i].Tag, waiters[i].Bytes, answers[i]);
            last = completion;
        }

        last?.Flush();
    }

    private static void Complete(List<Waiter> waiters, Answer answer)
    {
        foreach (Waiter waiter in waiters)
        {
            waiter.Completion?.Completed(waiter.Tag, waiter.Bytes, answer);
            waiter.Completion?.Flush();
        }
    }

    private void Count(long bytes)
    {
        Interlocked.Add(ref _ownPending, bytes);
        _pending.Add(bytes);
    }

    private readonly record struct Waiter(ILaneCompletion? Completion, ulong Tag, int Bytes, long SinceMs);

    private sealed record Batch(long Number, Memory<byte> Payload, int Bytes, long SinceMs, List<Waiter> Waiters);

    private sealed class OpenBatch(BatchBuilder builder)
    {
        public BatchBuilder Builder => builder;

        public List<Waiter> Waiters { get; } = [];

        public long SinceMs { get; set; }
    }
}
