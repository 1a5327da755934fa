using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>How messages leave a queue or come back to it.</summary>
public sealed partial class QueueMachine
{
    private Answer Settle(in CommandMeta meta, ref QueueCommandReader input)
    {
        QueueState? queue = Find(input.ReadQueue());
        ConnectionKey holder = input.ReadConnection();
        var outcome = (SettleOutcome)input.ReadByte();
        if (queue is null)
            return NotFound;
        for (int ranges = input.ReadCount(); ranges > 0; ranges--)
        {
            SequenceRange range = input.ReadRange();
            long end = Math.Min(range.End, queue.NextSequence);
            for (long sequence = queue.NextUnsettled(range.First); sequence < end;)
            {
                SettleOne(queue, sequence, outcome, holder, meta.TimestampMs);
                sequence = queue.NextUnsettled(sequence + 1);
            }
        }

        Schedule(queue);
        return Answer.Ok;
    }

    private void SettleOne(
        QueueState queue, long sequence, SettleOutcome outcome, ConnectionKey holder, long nowMs)
    {
        switch (outcome)
        {
            case SettleOutcome.Done:
                queue.Settle(sequence, dropped: false);
                TellOf(QueueEffectKind.Settled, queue.Id, sequence);
                break;
            case SettleOutcome.Rejected:
                Die(queue, sequence, DeathReason.Rejected, nowMs);
                break;
            default:
                ReturnOne(queue, sequence, holder, nowMs);
                break;
        }
    }

    private Answer Return(in CommandMeta meta, ref QueueCommandReader input)
    {
        if (Find(input.ReadQueue()) is not { } queue)
            return NotFound;
        for (int ranges = input.ReadCount(); ranges > 0; ranges--)
        {
            SequenceRange range = input.ReadRange();
            long end = Math.Min(range.End, queue.NextSequence);
            for (long sequence = queue.NextUnsettled(range.First); sequence < end;)
            {
                ReturnOne(queue, sequence, default, meta.TimestampMs);
                sequence = queue.NextUnsettled(sequence + 1);
            }
        }

        return Answer.Ok;
    }

    private void ReturnOne(QueueState queue, long sequence, ConnectionKey holder, long nowMs)
    {
        // Only the present holder can return it; whoever holds it strictly is not the one who says so here.
        if (!queue.IsVisible(sequence))
            return;
        int deliveries = queue.CountDelivery(sequence, Options.MaxCountedPerQueue);
        if (deliveries >= (queue.Settings.MaxDeliveries ?? int.MaxValue))
        {
            Die(queue, sequence, DeathReason.DeliveryLimit, nowMs);
            return;
        }

        Effects?.Add(new QueueEffect(QueueEffectKind.Returned, queue.Id)
        {
            First = sequence,
            Count = 1,
            Consumer = new ConsumerKey(holder, 0),
        });
    }

    private Answer SettleReceipts(in CommandMeta meta, ref QueueCommandReader input)
    {
        if (Find(input.ReadQueue()) is not { } queue)
            return NotFound;
        int count = input.ReadCount();
        Invariant.Check(count <= QueueCommandWriter.MaxReceipts, "too many receipts in one command");
        ulong good = 0;
        for (int i = 0; i < count; i++)
        {
            if (!queue.TryFindCheckOut(input.ReadInt64(), meta.TimestampMs, out long sequence))
                continue;
            queue.Settle(sequence, dropped: false);
            TellOf(QueueEffectKind.Settled, queue.Id, sequence);
            good |= 1UL << i;
        }

        return new Answer(Reply.Ok, unchecked((long)good));
    }

    private Answer CheckOut(in CommandMeta meta, ref QueueCommandReader input)
    {
        QueueId id = input.ReadQueue();
        RequestId request = input.ReadRequest();
        if (Find(id) is { } queue && !queue.HasRequest(request))
        {
            for (int count = input.ReadCount(); count > 0; count--)
            {
                long sequence = input.ReadInt64();
                if (queue.CheckedOut < queue.Settings.MaxCheckedOut
                    && queue.IsUnsettled(sequence) && queue.IsVisible(sequence))
                {
                    queue.CheckOut(sequence, request, meta.TimestampMs);
                }
            }

            Schedule(queue);
        }

        Effects?.Add(new QueueEffect(QueueEffectKind.CheckedOut, id) { Request = request });
        return Answer.Ok;
    }

    private Answer Release(ref QueueCommandReader input)
    {
        if (Find(input.ReadQueue()) is not { } queue)
            return NotFound;
        var messages = new List<CheckedOutMessage>();
        queue.CheckedOutBy(input.ReadRequest(), messages);
        foreach (CheckedOutMessage message in messages)
        {
            queue.EndCheckOut(message.Sequence, counts: false);
            TellOf(QueueEffectKind.Visible, queue.Id, message.Sequence);
        }

        return Answer.Ok;
    }

    private Answer Drop(in CommandMeta meta, ref QueueCommandReader input)
    {
        QueueId id = input.ReadQueue();
        var reason = (DropReason)input.ReadByte();
        long token = input.ReadInt64();
        long dropped = 0;
        if (Find(id) is { } queue)
        {
            for (int ranges = input.ReadCount(); ranges > 0; ranges--)
            {
                SequenceRange range = input.ReadRange();
                long end = Math.Min(range.End, queue.NextSequence);
                for (long sequence = queue.NextUnsettled(range.First); sequence < end;)
                {
                    if (queue.IsVisible(sequence))
                    {
                        DropOne(queue, sequence, reason, meta.TimestampMs);
                        dropped++;
                    }

                    sequence = queue.NextUnsettled(sequence + 1);
                }
            }
        }

        Tell(QueueEffectKind.DropDone, id, count: dropped, number: token);
        return Answer.Ok;
    }

    private void DropOne(QueueState queue, long sequence, DropReason reason, long nowMs)
    {
        if (reason == DropReason.Purged)
        {
            queue.Settle(sequence, dropped: true);
            TellOf(QueueEffectKind.Settled, queue.Id, sequence);
            return;
        }

        DeathReason death = reason == DropReason.Expired ? DeathReason.Expired : DeathReason.MaxLength;
        Die(queue, sequence, death, nowMs);
    }

    private Answer Rewind(in CommandMeta meta, ref QueueCommandReader input)
    {
        QueueId id = input.ReadQueue();
        long fromMs = input.ReadInt64();
        long token = input.ReadInt64();
        if (Find(id) is { Settings.RewindMs: > 0 } queue)
        {
            queue.MoveRewindFloor(Earlier(meta.TimestampMs, queue.RewindWindowMs), int.MaxValue);
            var rewound = new List<SequenceRange>();
            queue.Rewind(fromMs, rewound);
            foreach (SequenceRange range in rewound)
                Tell(QueueEffectKind.Rewound, id, range.First, range.Count);
            Schedule(queue);
        }

        Tell(QueueEffectKind.RewindDone, id, number: token);
        return Answer.Ok;
    }

    private Answer MarkDelivered(ref QueueCommandReader input)
    {
        QueueId id = input.ReadQueue();
        Find(id)?.Mark(input.ReadInt64());
        Tell(QueueEffectKind.MarkMoved, id);
        return Answer.Ok;
    }

    private static long Earlier(long nowMs, long ageMs) => ageMs >= nowMs ? 0 : nowMs - ageMs;
}
