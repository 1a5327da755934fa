using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>
/// What becomes due by log time: check-out deadlines, delays, retention, the end of the rewind window.
/// </summary>
public sealed partial class QueueMachine
{
    private Answer Tick(in CommandMeta meta, IGroupContext context)
    {
        long nowMs = meta.TimestampMs;
        _uploads.DropOld(nowMs);
        // Which queues are on the list earlier than needed differs between members, so the work is done in
        // the order of ids, and is left where nothing is due.
        var due = new SortedDictionary<long, QueueState>();
        while (_due.TryPeek(out long id, out (long DueMs, long Queue) key) && key.DueMs <= nowMs)
        {
            _due.Dequeue();
            if (_queues.TryGetValue(id, out QueueState? queue) && queue.ScheduledMs == key.DueMs)
                due[id] = queue;
        }

        int left = Options.MaxWorkPerTick;
        foreach (QueueState queue in due.Values)
        {
            queue.ScheduledMs = long.MaxValue;
            // On the list too early. Work on it would not be nothing: ages have a slack until they are due.
            if (queue.NextDueMs(Options.AgeSlackMs) > nowMs)
            {
                Schedule(queue);
                continue;
            }

            left -= EndCheckOuts(queue, nowMs, left);
            left -= EndDelays(queue, nowMs, left);
            left -= DropTooOld(queue, nowMs, left);
            if (queue.Settings.RewindMs > 0)
                left -= queue.MoveRewindFloor(Earlier(nowMs, queue.RewindWindowMs), left);
            Schedule(queue);
        }

        foreach (IMachinePart part in _parts)
        {
            if (part.NextDueMs <= nowMs)
                part.Tick(meta, ContextOf(context));
        }

        Effects?.Add(new QueueEffect(QueueEffectKind.Ticked, default));
        return Answer.Ok;
    }

    private int EndCheckOuts(QueueState queue, long nowMs, int most)
    {
        int done = 0;
        while (done < most && queue.TryPeekDeadline(nowMs, out long sequence))
        {
            bool dies = queue.DeliveriesOf(sequence) >= (queue.Settings.MaxDeliveries ?? int.MaxValue);
            // Nothing more may die before the others are moved; the message stays checked out so long.
            if (dies && queue.Settings.DeadLetter is not null && IsUnderPressure)
                break;
            queue.EndCheckOut(sequence, counts: true);
            if (dies)
                Die(queue, sequence, DeathReason.DeliveryLimit, nowMs);
            else
                TellOf(QueueEffectKind.Returned, queue.Id, sequence);
            done++;
        }

        return done;
    }

    private int EndDelays(QueueState queue, long nowMs, int most)
    {
        int done = 0;
        for (; done < most && queue.TryEndDelay(nowMs, out long sequence); done++)
            TellOf(QueueEffectKind.Visible, queue.Id, sequence);
        return done;
    }

    private int DropTooOld(QueueState queue, long nowMs, int most)
    {
        if (queue.Settings.RetentionMs is not { } retentionMs)
            return 0;
        int done = 0;
        long limitMs = Earlier(nowMs, retentionMs);
        for (; done < most && queue.Unsettled > 0; done++)
        {
            long sequence = queue.FirstUnsettled;
            if (queue.Read(sequence).TimeMs > limitMs)
                break;
            queue.Settle(sequence, dropped: true);
            TellOf(QueueEffectKind.Settled, queue.Id, sequence);
        }

        return done;
    }
}
