using System.Buffers;
using System.Runtime.InteropServices;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>What apply did, seen by the leader.</summary>
public sealed partial class QueueDispatcher
{
    /// <summary>After each applied entry.</summary>
    public void OnApplied(long nowMs)
    {
        _nowMs = nowMs;
        for (int i = 0; i < _effects.Count; i++)
            Consume(_effects[i]);
        _effects.Clear();
    }

    private void Consume(in QueueEffect effect)
    {
        switch (effect.Kind)
        {
            case QueueEffectKind.DutyAdded:
                _duties.Enqueue(effect.Number);
                return;
            case QueueEffectKind.DutyDone:
                EndDuty(effect.Number);
                return;
            case QueueEffectKind.Ticked:
                _tickInFlight = false;
                _lastTickMs = _nowMs;
                TouchStopped();
                return;
            case QueueEffectKind.ConnectionClosed:
                CloseConnection(effect.Consumer.Connection);
                CancelReceives(effect.Consumer.Connection);
                ConnectionKey gone = effect.Consumer.Connection;
                CancelGets(connection => connection == gone);
                return;
            case QueueEffectKind.NodeGone:
                NodeGone(effect.Consumer.Connection.Owner, _nowMs);
                return;
            case QueueEffectKind.DropDone:
                EndDrop(effect.Number, effect.Count);
                return;
            case QueueEffectKind.RewindDone:
                EndRewind(effect.Number);
                return;
            case QueueEffectKind.CheckedOut:
                EndCheckOut(effect.Request);
                return;
            case QueueEffectKind.DeleteRefused:
                EndDelete(effect.Number, (Reply)effect.First, effect.Queue);
                return;
            case QueueEffectKind.QueueCreated:
                if (_machine.Find(effect.Queue) is { IsPartition: false } created && !_views.ContainsKey(effect.Queue.Value))
                    Add(created).IdleSinceMs = _nowMs;
                return;
            default:
                if (_views.TryGetValue(effect.Queue.Value, out QueueView? view))
                    Consume(view, effect);
                return;
        }
    }

    private void Consume(QueueView view, in QueueEffect effect)
    {
        Touch(view);
        switch (effect.Kind)
        {
            case QueueEffectKind.Settled:
                OnSettled(view, new SequenceRange(effect.First, effect.Count));
                break;
            case QueueEffectKind.Returned:
                for (long i = 0; i < effect.Count; i++)
                    OnReturned(view, effect.First + i, effect.Consumer.Connection);
                break;
            case QueueEffectKind.Visible:
                for (long i = 0; i < effect.Count; i++)
                    view.PutBack(effect.First + i);
                break;
            case QueueEffectKind.Rewound:
                for (long i = 0; i < effect.Count; i++)
                {
                    view.Redelivered.Add(effect.First + i);
                    view.PutBack(effect.First + i);
                }

                break;
            case QueueEffectKind.MarkMoved:
                view.MarkInFlight = false;
                break;
            case QueueEffectKind.Attached:
                Attach(view, effect.Consumer, (int)effect.Number, isOwners: effect.First > 0);
                if (effect.First > 0)
                    HandOver(view, effect.Consumer);
                break;
            case QueueEffectKind.Detached:
                Detach(view, effect.Consumer);
                break;
            case QueueEffectKind.QueueDeleted:
                Remove(view, effect.Number);
                break;
        }
    }

    private void OnSettled(QueueView view, SequenceRange range)
    {
        for (long i = 0; view.Holds.Count > 0 && i < range.Count; i++)
            EndHold(view, range.First + i);
        view.Back.Remove(range);
        view.Away.Remove(range);
        view.Redelivered.Remove(range);
        if (view.Returning is not { } returning)
            return;
        returning.Remove(range);
        EndReturning(view);
    }

    private void OnReturned(QueueView view, long sequence, ConnectionKey by)
    {
        // The command that brings it back is on its way: what it finds held by then must still be the same hold.
        if (by != default && view.Returning?.Contains(sequence) == true)
            return;
        if (view.Holds.TryGetValue(sequence, out Hold hold))
        {
            // A return counts only from the present holder.
            if (by != default && hold.Holder.Key.Connection != by)
                return;
            EndHold(view, sequence);
        }

        view.Redelivered.Add(sequence);
        view.PutBack(sequence);
        if (view.Returning?.Remove(sequence) == true)
            EndReturning(view);
    }

    private static void HoldBy(QueueView view, EagerConsumer holder, long sequence)
    {
        int bytes = view.State.Read(sequence).Bytes;
        view.Holds.Add(sequence, new Hold(holder, bytes));
        view.HeldBytes += bytes;
        holder.Held.Add(sequence);
    }

    private void EndHold(QueueView view, long sequence)
    {
        if (!view.Holds.Remove(sequence, out Hold hold))
            return;
        view.HeldBytes -= hold.Bytes;
        hold.Holder.Held.Remove(sequence);
        view.Turns.Join(hold.Holder);
        ForgetIfDone(hold.Holder);
    }

    private void Attach(QueueView view, ConsumerKey key, int priority, bool isOwners)
    {
        // It may be here as a holder from before it attached, with the priority of nobody.
        if (view.Consumers.TryGetValue(key, out EagerConsumer? known) && known.IsAttached)
            return;
        EagerConsumer consumer = known is not null && known.Priority == priority
            ? known
            : Replace(view, known, key, priority);
        consumer.IsAttached = true;
        consumer.IsOwners = isOwners;
        consumer.IsSilent = _silent.Contains(key.Connection.Owner);
        if (_earlyCredits.Remove((view.Id, key), out (long Granted, long Sent) early))
            (consumer.Granted, consumer.Sent) = early;
        view.Turns.Join(consumer);
        EnsureMark(view);
    }

    /// <summary>An owner has come: what earlier ones hold comes back, by a command as ever. Having just come it holds
    /// nothing, and no word of earlier ones is awaited.</summary>
    private void HandOver(QueueView view, ConsumerKey owner)
    {
        if (view.State.OwnerConsumer != owner)
            return;
        if (view.State.IsOwnersAlone)
            LiftVeil(view);
        var left = new List<long>();
        foreach ((long sequence, Hold hold) in view.Holds)
        {
            if (hold.Holder.IsOwners && hold.Holder.Key != owner)
                left.Add(sequence);
        }

        left.Sort();
        ProposeReturn(view, [.. SequenceRanges.Of([.. left])]);
    }

    private static void EndReturning(QueueView view)
    {
        if (view.Returning!.Count > 0)
            return;
        view.Returning = null;
        JoinOwner(view);
    }

    /// <summary>If nothing is in the owner's way any more, it has its turn.</summary>
    private static void JoinOwner(QueueView view)
    {
        if (!view.IsHandingOver && view.State.OwnerConsumer is { } owner
            && view.Consumers.TryGetValue(owner, out EagerConsumer? consumer))
        {
            view.Turns.Join(consumer);
        }
    }

    private EagerConsumer Replace(QueueView view, EagerConsumer? known, ConsumerKey key, int priority)
    {
        var consumer = new EagerConsumer(view, key, priority, _limits.MaxHeldPerConsumer);
        if (known is not null)
        {
            var held = new List<SequenceRange>();
            known.Held.CopyTo(held);
            foreach (SequenceRange range in held)
            {
                for (long i = 0; i < range.Count; i++)
                {
                    view.Holds[range.First + i] = view.Holds[range.First + i] with { Holder = consumer };
                    consumer.Held.Add(range.First + i);
                }
            }

            _connections[key.Connection].Remove(known);
        }

        view.Consumers[key] = consumer;
        Remember(consumer);
        return consumer;
    }

    private void Detach(QueueView view, ConsumerKey key)
    {
        _earlyCredits.Remove((view.Id, key));
        if (!view.Consumers.TryGetValue(key, out EagerConsumer? consumer))
            return;
        consumer.IsAttached = false;
        view.IdleSinceMs = _nowMs;
        ForgetIfDone(consumer);
    }

    /// <summary>
    /// The consumer, or somebody who only holds: an earlier consumer or a connection's gets.
    /// </summary>
    private EagerConsumer ConsumerOf(QueueView view, ConsumerKey key)
    {
        if (view.Consumers.TryGetValue(key, out EagerConsumer? consumer))
            return consumer;
        consumer = new EagerConsumer(view, key, priority: 0, _limits.MaxHeldPerConsumer);
        view.Consumers.Add(key, consumer);
        Remember(consumer);
        return consumer;
    }

    private void Remember(EagerConsumer consumer)
    {
        if (!_connections.TryGetValue(consumer.Key.Connection, out HashSet<EagerConsumer>? consumers))
            _connections.Add(consumer.Key.Connection, consumers = []);
        consumers.Add(consumer);
    }

    private void ForgetIfDone(EagerConsumer consumer)
    {
        if (consumer.IsAttached || consumer.Held.Count > 0)
            return;
        if (consumer.View.Consumers.GetValueOrDefault(consumer.Key) == consumer)
            consumer.View.Consumers.Remove(consumer.Key);
        if (!_connections.TryGetValue(consumer.Key.Connection, out HashSet<EagerConsumer>? consumers))
            return;
        consumers.Remove(consumer);
        if (consumers.Count == 0)
            _connections.Remove(consumer.Key.Connection);
    }

    /// <summary>
    /// What the connection holds goes back by a command, so that the delivery is counted; until that is
    /// applied it stays held, and nobody sees a gap.
    /// </summary>
    private void CloseConnection(ConnectionKey connection)
    {
        if (!_connections.Remove(connection, out HashSet<EagerConsumer>? consumers))
            return;
        foreach (EagerConsumer consumer in consumers)
        {
            consumer.IsAttached = false;
            _earlyCredits.Remove((consumer.View.Id, consumer.Key));
            consumer.View.Consumers.Remove(consumer.Key);
            if (consumer.Held.Count == 0 || consumer.View.IsDeleted)
                continue;
            var held = new List<SequenceRange>();
            consumer.Held.CopyTo(held);
            ProposeReturn(consumer.View, held);
        }
    }

    /// <summary>Of what is on its way back already nothing is said again: by then somebody else may hold it.</summary>
    private void ProposeReturn(QueueView view, List<SequenceRange> ranges)
    {
        if (view.Returning is not null)
        {
            var returning = new List<SequenceRange>();
            view.Returning.CopyTo(returning);
            ranges = SequenceRanges.Without(ranges, returning);
        }

        foreach (SequenceRange range in ranges)
        {
            view.Returning ??= new SequenceSet();
            for (long sequence = range.First; sequence < range.End; sequence++)
                view.Returning.Add(sequence);
        }

        ReadOnlySpan<SequenceRange> left = CollectionsMarshal.AsSpan(ranges);
        while (left.Length > 0)
        {
            int count = Math.Min(left.Length, MaxRangesPerCommand);
            var command = new ArrayBufferWriter<byte>();
            QueueCommandWriter.Return(command, view.Id, left[..count]);
            Propose(command);
            left = left[count..];
        }
    }

    /// <param name="granted">Total, so a word that is repeated or late changes nothing.</param>
    /// <param name="sent">What has reached it, where that is known better than here.</param>
    private void Grant(QueueId queue, ConsumerKey key, long granted, long? sent)
    {
        if (!_views.TryGetValue(queue.Value, out QueueView? view))
            return;
        if (!view.Consumers.TryGetValue(key, out EagerConsumer? consumer) || !consumer.IsAttached)
        {
            // It may overtake the attach on its way through the log.
            bool known = _earlyCredits.TryGetValue((queue, key), out (long Granted, long Sent) early);
            if (known || _earlyCredits.Count < MaxEarlyCredits)
                _earlyCredits[(queue, key)] = (Math.Max(early.Granted, granted), sent ?? early.Sent);
            return;
        }

        consumer.Granted = Math.Max(consumer.Granted, granted);
        consumer.Sent = sent ?? consumer.Sent;
        view.Turns.Join(consumer);
        EnsureMark(view);
        Touch(view);
    }

    private void Remove(QueueView view, long token)
    {
        _views.Remove(view.Id.Value);
        view.IsDeleted = true;
        foreach (EagerConsumer consumer in view.Consumers.Values)
        {
            if (!_connections.TryGetValue(consumer.Key.Connection, out HashSet<EagerConsumer>? consumers))
                continue;
            consumers.Remove(consumer);
            if (consumers.Count == 0)
                _connections.Remove(consumer.Key.Connection);
        }

        RefuseWaiting(view);
        EndDelete(token, Reply.Ok, view.Id);
    }

    /// <summary>Pressure may have gone: queues that stood still look again.</summary>
    private void TouchStopped()
    {
        if (_machine.IsUnderPressure || !_wasUnderPressure)
        {
            _wasUnderPressure = _machine.IsUnderPressure;
            return;
        }

        _wasUnderPressure = false;
        foreach (QueueView view in _views.Values)
            Touch(view);
    }
}
