using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>Handing out, in turn; and dropping what is too old or too much.</summary>
public sealed partial class QueueDispatcher
{
    private void PumpQueue(QueueView view)
    {
        bool waits = false;
        if (IsStopped(view))
        {
            _wasUnderPressure = true;
            while (view.Gets.TryDequeue(out QueueRequest.Get? get))
                _output.Respond(get.Id, new QueueResponse(Reply.Ok, view.Ready));
        }
        else
        {
            var expired = new DropBatch(this, view, DropReason.Expired);
            while (view.Gets.TryPeek(out QueueRequest.Get? get) && Serve(get, view, ref expired))
                view.Gets.Dequeue();
            while (!waits && TryPeekFresh(view, ref expired, wanted: true, out long sequence)
                && view.Turns.TryPeek(out Taker? taker))
            {
                waits = taker is EagerConsumer consumer
                    ? !HandOut(view, consumer, sequence)
                    : !Serve(view, ref expired);
            }

            if (!waits)
            {
                // A message that may live for no time at all had its chance with those who wait.
                view.SeenEnd = view.State.NextSequence;
                TryPeekFresh(view, ref expired, wanted: false, out _);
            }

            expired.Send();
            if (!waits)
                DropExcess(view);
            EnsureMark(view);
        }

        // Who waits for a command is looked at again when that is applied.
        if (!waits)
            ScheduleWake(view);
    }

    private bool IsStopped(QueueView view) =>
        view.Settings.DeadLetter is not null && _machine.IsUnderPressure;

    /// <summary>
    /// The first ready message that is not too old; those before it are hidden and dropped.
    /// </summary>
    /// <param name="wanted">Somebody waits for it: what just came is not too old by arriving.</param>
    private bool TryPeekFresh(QueueView view, ref DropBatch expired, bool wanted, out long sequence)
    {
        while (view.TryPeekReady(out sequence))
        {
            (Row row, long timeMs, _) = view.State.Read(sequence);
            long limitMs = view.AgeLimitMs(row);
            if (limitMs == long.MaxValue || _nowMs - timeMs < limitMs)
                return true;
            if (limitMs == 0 && wanted && sequence >= view.SeenEnd && view.Turns.TryPeek(out _))
                return true;
            // The drop before must be through; what is behind waits, or it would overtake the dead letters'
            // limit.
            if (!expired.TryAdd(sequence))
                return false;
        }

        return false;
    }

    private bool HandOut(QueueView view, EagerConsumer consumer, long sequence)
    {
        // A new leader must know that it may be held, before anyone can hold it.
        if (sequence >= view.State.DeliveredMark)
        {
            EnsureMark(view);
            return false;
        }

        view.Take(sequence);
        HoldBy(view, consumer, sequence);
        consumer.Sent++;
        view.Turns.Move(consumer);
        _output.Deliver(Eager(view, consumer.Key, sequence));
        return true;
    }

    private static DispatchedMessage Eager(QueueView view, ConsumerKey consumer, long sequence) => new(
        consumer,
        view.Id,
        sequence,
        view.Redelivered.Contains(sequence),
        view.State.DeliveriesOf(sequence) + 1,
        view.State.Read(sequence).Row.UnitRef,
        Receipt: 0,
        FirstCheckOutMs: 0,
        DeadlineMs: 0);

    /// <summary>
    /// Moves the delivered mark ahead of need, while somebody is there who may take messages eagerly.
    /// </summary>
    private void EnsureMark(QueueView view)
    {
        if (view.MarkInFlight || view.Cursor + (MarkStep / 2) <= view.State.DeliveredMark
            || (view.State.ConsumerCount == 0 && view.Gets.Count == 0))
        {
            return;
        }

        view.MarkInFlight = true;
        var command = new ArrayBufferWriter<byte>();
        QueueCommandWriter.MarkDelivered(command, view.Id, view.Cursor + MarkStep);
        Propose(command);
    }

    private void DropExcess(QueueView view)
    {
        QueueSettings settings = view.Settings;
        // Below a veil what is held cannot be told from what is ready: nothing is too much yet.
        if (view.VeilEnd > 0)
            return;
        if (settings.Overflow != Overflow.DropOldest
            || (settings.MaxMessages is null && settings.MaxBytes is null))
        {
            return;
        }

        var excess = new DropBatch(this, view, DropReason.MaxLength);
        while ((view.Ready > (settings.MaxMessages ?? long.MaxValue)
                || view.ReadyBytes > (settings.MaxBytes ?? long.MaxValue))
            && view.TryPeekReady(out long sequence) && excess.TryAdd(sequence))
        {
            // Each one that is hidden makes the counts smaller.
        }

        excess.Send();
    }

    private void ScheduleWake(QueueView view)
    {
        if (!IsStopped(view) && view.TryPeekReady(out long sequence))
        {
            (Row row, long timeMs, _) = view.State.Read(sequence);
            long limitMs = view.AgeLimitMs(row);
            if (limitMs < long.MaxValue - timeMs && view.DropsInFlight == 0)
                Wake(view, timeMs + limitMs);
        }

        if (view.Settings.IdleExpiryMs is { } idleMs && idleMs < long.MaxValue - view.IdleSinceMs
            && view.IsIdle && !view.IdleDeleteInFlight)
        {
            Wake(view, view.IdleSinceMs + idleMs);
        }
    }

    private void DeleteIfIdle(QueueView view)
    {
        if (view.Settings.IdleExpiryMs is not { } idleMs || !view.IsIdle || view.IdleDeleteInFlight
            || _nowMs - view.IdleSinceMs < idleMs)
        {
            return;
        }

        view.IdleDeleteInFlight = true;
        var command = new ArrayBufferWriter<byte>();
        QueueCommandWriter.DeleteQueue(command, view.Id, ifUnused: true, ifNextSequence: -1, token: 0);
        Propose(command);
    }
}
