using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>Taking messages in.</summary>
public sealed partial class QueueMachine
{
    private Answer Publish(in CommandMeta meta, ReadOnlyMemory<byte> command, ref QueueCommandReader input)
    {
        var head = new PublishHead(ref input);
        UnitRef[] chunks = [];
        if (head.Producer is { } known && _producers.Has(known))
            return TakenBefore(meta, head);
        bool whole = head.Upload < 0
            || _uploads.TryTake(meta.Source, head.Upload, head.BodyBytes, out chunks);
        Reply refusedByAll = whole ? RefusedByAll(head, command.Length) : Reply.Full;
        bool moved = meta.Source.Kind == LaneSourceKind.Group;
        // It comes again as a whole, so it is stored as a whole: a repetition must not pass for what one queue refused.
        if (refusedByAll == Reply.Ok && head.Producer is not null)
            refusedByAll = RefusedByAny(input, head, moved);
        // A moved message has lost its own time to live at its death.
        long ttlMs = head.Has(PublishFlags.Overlay) ? -1 : head.TtlMs;
        var unit = new UnitRef(meta.Index, meta.Slot);
        Reply refused = Reply.Ok;
        int stored = 0;
        Answer first = new(Reply.Gone, 0);
        for (int left = head.TargetCount; left > 0; left--)
        {
            if (Find(input.ReadQueue()) is not { } queue)
                continue;
            Reply reply = refusedByAll != Reply.Ok ? refusedByAll : Refused(queue, head, moved);
            if (reply != Reply.Ok)
            {
                refused = refused == Reply.Ok ? reply : refused;
                continue;
            }

            // Before the row, so that a later reader of the state never sees a row without its entry.
            _live.Add(meta.Index);
            Answer answer = queue.IsPartition
                ? Append(queue, unit, meta.TimestampMs, head.TagHash)
                : new Answer(
                    Reply.Ok, Store(queue, unit, meta.TimestampMs, ttlMs, head.BodyBytes, head.DelayMs));
            stored++;
            // Where it stands in a partition says more than its number in any queue.
            if (first.Reply != Reply.Ok || (answer.Position >= 0 && first.Position < 0))
                first = answer;
        }

        Keep(unit, chunks, stored, command.Length);
        if (head.Producer is { } number)
            _producers.Record(number, stored > 0, meta.Index);
        return refused == Reply.Ok ? first : new Answer(refused, 0);
    }

    /// <summary>Takes the message of a command that is not a publish itself but has one at its end, without targets: the
    /// caller owns one reference on its entry when it is Ok.</summary>
    /// <param name="meta">Where the whole command stands; the message's unit has its slot.</param>
    /// <param name="publish">The publish.</param>
    /// <param name="commandBytes">Of the whole command.</param>
    /// <param name="full">The caller has no room for it.</param>
    /// <returns>Ok with true; Ok with false when the producer's number was taken before; TooLarge, Full,
    /// TooManyHeld.</returns>
    internal (Reply Reply, bool IsNew) Take(
        in CommandMeta meta, ReadOnlyMemory<byte> publish, int commandBytes, bool full)
    {
        var input = new QueueCommandReader(publish);
        Invariant.Check(input.ReadKind() == QueueCommandKind.Publish, "a message in a command is no publish");
        var head = new PublishHead(ref input);
        Invariant.Check(head.TargetCount == 0, "a message in a command has targets");
        if (head.Producer is { } known && _producers.Has(known))
            return (TakenBefore(meta, head).Reply, false);
        UnitRef[] chunks = [];
        bool whole = head.Upload < 0
            || _uploads.TryTake(meta.Source, head.Upload, head.BodyBytes, out chunks);
        Reply reply = whole ? RefusedByAll(head, commandBytes) : Reply.Full;
        if (reply == Reply.Ok && (full || !HasPositions))
            reply = Reply.TooManyHeld;
        if (reply == Reply.Ok)
            _live.Add(meta.Index);
        Keep(new UnitRef(meta.Index, meta.Slot), chunks, reply == Reply.Ok ? 1 : 0, commandBytes);
        if (head.Producer is { } number)
            _producers.Record(number, reply == Reply.Ok, meta.Index);
        return (reply, reply == Reply.Ok);
    }

    /// <summary>The body of a repetition may have been sent ahead again.</summary>
    private Answer TakenBefore(in CommandMeta meta, in PublishHead head)
    {
        if (head.Upload >= 0 && _uploads.TryTake(meta.Source, head.Upload, head.BodyBytes, out UnitRef[] chunks))
            Keep(new UnitRef(meta.Index, meta.Slot), chunks, stored: 0, commandBytes: 0);
        return new Answer(Reply.Ok, -1);
    }

    private Answer Chunk(in CommandMeta meta, ReadOnlyMemory<byte> command, ref QueueCommandReader input)
    {
        long number = input.ReadInt64();
        return new Answer(_uploads.Add(meta, number, input.Remaining, command.Length), 0);
    }

    private Reply RefusedByAll(in PublishHead head, int commandBytes)
    {
        if (head.BodyBytes > Options.MaxMessageBytes)
            return Reply.TooLarge;
        return Options.MaxStoredBytes is { } limit && _live.TotalBytes + commandBytes > limit
            ? Reply.Full
            : Reply.Ok;
    }

    /// <param name="targets">Reads them ahead; a copy.</param>
    /// <param name="head">The publish.</param>
    /// <param name="moved">By a group.</param>
    private Reply RefusedByAny(QueueCommandReader targets, in PublishHead head, bool moved)
    {
        for (int left = head.TargetCount; left > 0; left--)
        {
            if (Find(targets.ReadQueue()) is { } queue && Refused(queue, head, moved) is not Reply.Ok and var reply)
                return reply;
        }

        return Reply.Ok;
    }

    private Reply Refused(QueueState queue, in PublishHead head, bool moved)
    {
        // A dead letter has left its own queue for good: refusing it would lose it. It was counted there
        // before.
        if (moved)
            return Reply.Ok;
        QueueSettings settings = queue.Settings;
        if (head.BodyBytes > (settings.MaxMessageBytes ?? int.MaxValue))
            return Reply.TooLarge;
        if (queue.IsPartition)
            return HasPositions ? Reply.Ok : Reply.Full;
        if (settings.Overflow == Overflow.Refuse
            && (queue.Unsettled >= (settings.MaxMessages ?? long.MaxValue)
                || queue.UnsettledBytes + head.BodyBytes > (settings.MaxBytes ?? long.MaxValue)))
        {
            return Reply.Full;
        }

        if (head.DelayMs > 0 && queue.Delayed >= settings.MaxDelayed)
            return Reply.TooManyHeld;
        return settings.DeadLetter is not null && IsUnderPressure ? Reply.Full : Reply.Ok;
    }

    private long Store(QueueState queue, UnitRef unit, long nowMs, long ttlMs, long bodyBytes, long delayMs)
    {
        long sequence = queue.Append(unit, nowMs, ttlMs, bodyBytes);
        if (delayMs > 0)
            queue.Delay(sequence, delayMs > long.MaxValue - nowMs ? long.MaxValue : nowMs + delayMs);
        TellOf(QueueEffectKind.Stored, queue.Id, sequence);
        Schedule(queue);
        return sequence;
    }

    private void Keep(UnitRef unit, UnitRef[] chunks, int stored, int commandBytes)
    {
        if (stored > 0)
        {
            _live.AddBytes(unit.Index, commandBytes);
            if (chunks.Length > 0)
                _live.KeepChunks(unit, chunks);
            return;
        }

        foreach (UnitRef chunk in chunks)
            _live.Release(chunk.Index);
    }
}
