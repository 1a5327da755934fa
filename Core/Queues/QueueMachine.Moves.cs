using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>Dead letters and parked messages: from a death or the showing to the duty, from the duty to the target
/// queues.</summary>
public sealed partial class QueueMachine
{
    public ReadOnlyMemory<byte> Materialize(ReadOnlyMemory<byte> payload, IUnitReader units) =>
        payload.Span[0] switch
        {
            MovePayload.Kind => MaterializeMove(payload, units),
            MovePayload.ChunkKind => MaterializeChunk(payload, units),
            MovePayload.LastValueKind => MaterializeLastValue(payload, units),
            _ => payload,
        };

    private ReadOnlyMemory<byte> MaterializeMove(ReadOnlyMemory<byte> payload, IUnitReader units)
    {
        (UnitRef overlay, QueueId[] queues) = MovePayload.Read(payload);
        var command = new ArrayBufferWriter<byte>();
        QueueCommandWriter.Publish(command, queues, MovedUnit(overlay, units));
        return command.WrittenMemory;
    }

    private PublishedUnit MovedUnit(UnitRef overlay, IUnitReader units)
    {
        StoredMessage message = QueueUnits.Read(this, units, overlay);
        bool isAhead = ChunksOf(QueueUnits.BodyOf(units, overlay)).Count > 0;
        return new PublishedUnit
        {
            Topic = message.Topic,
            RoutingKey = message.RoutingKey,
            MoreKeys = message.MoreKeys,
            Format = message.Format,
            Properties = message.Properties,
            Persistent = message.Persistent,
            Priority = message.Priority,
            TtlMs = message.TtlMs,
            TagHash = TagOf(units.ReadCommand(overlay)),
            Body = isAhead ? default : message.Body,
            Upload = isAhead ? NumberOf(units.ReadCommand(overlay)) : null,
            UploadBytes = isAhead ? message.Body.Length : 0,
            Overlay = message.Overlay,
            PublishedMs = message.PublishedMs,
        };
    }

    private static ReadOnlyMemory<byte> MaterializeChunk(ReadOnlyMemory<byte> payload, IUnitReader units)
    {
        (UnitRef chunk, long upload) = MovePayload.ReadChunk(payload);
        var input = new QueueCommandReader(units.ReadCommand(chunk));
        Invariant.Check(input.ReadKind() == QueueCommandKind.Chunk, "a chunk is something else");
        input.ReadInt64();
        var command = new ArrayBufferWriter<byte>();
        QueueCommandWriter.Chunk(command, upload, new ReadOnlySequence<byte>(input.ReadMemory(input.Remaining)));
        return command.WrittenMemory;
    }

    /// <summary>A duty's number names the upload, too: it is used once in this group.</summary>
    private static long NumberOf(ReadOnlyMemory<byte> routeDuty)
    {
        var input = new QueueCommandReader(routeDuty);
        Invariant.Check(input.ReadKind() == QueueCommandKind.RouteDuty, "an overlay is something else");
        return input.ReadInt64();
    }

    /// <summary>Found by the leader that routed it.</summary>
    private static int TagOf(ReadOnlyMemory<byte> routeDuty)
    {
        var input = new QueueCommandReader(routeDuty);
        Invariant.Check(input.ReadKind() == QueueCommandKind.RouteDuty, "an overlay is something else");
        input.ReadInt64();
        input.ReadUnit();
        input.ReadInt64();
        input.ReadInt64();
        return input.ReadInt32();
    }

    public void Delivered(ReadOnlyMemory<byte> payload)
    {
        if (HeldBy(payload) is { IsNone: false } held)
            _live.Release(held.Index);
    }

    /// <summary>What a payload on its way elsewhere has a reference to. A piece of a body has none: the move that follows
    /// it keeps all of them.</summary>
    private static UnitRef HeldBy(ReadOnlyMemory<byte> payload) => payload.Span[0] switch
    {
        MovePayload.Kind => MovePayload.Read(payload).Overlay,
        MovePayload.LastValueKind => MovePayload.ReadLastValue(payload).Shown,
        _ => UnitRef.None,
    };

    /// <summary>
    /// Ends a message's life in its queue; where the queue has a dead-letter target, a duty keeps it.
    /// </summary>
    private void Die(QueueState queue, long sequence, DeathReason reason, long nowMs)
    {
        if (queue.Settings.DeadLetter is { } target)
        {
            Row row = queue.Read(sequence).Row;
            _live.Retain(row.Index);
            AddDuty(new Duty(
                _nextDuty++,
                queue.Definition.Namespace,
                row.UnitRef,
                new MessageDeath(queue.Definition.Name, reason, nowMs, target)));
        }

        queue.Settle(sequence, dropped: reason is DeathReason.Expired or DeathReason.MaxLength);
        TellOf(QueueEffectKind.Settled, queue.Id, sequence);
    }

    /// <summary>A parked message is to be routed as a publish is now; the duty takes over the reference on its
    /// entry.</summary>
    internal void Show(NamespaceId ns, UnitRef unit) => AddDuty(new Duty(_nextDuty++, ns, unit, Death: null));

    private void AddDuty(Duty duty)
    {
        _duties.Add(duty.Number, duty);
        _dutyBytes += duty.Bytes;
        Tell(QueueEffectKind.DutyAdded, default, number: duty.Number);
    }

    private Answer RouteDuty(
        in CommandMeta meta,
        ReadOnlyMemory<byte> command,
        ref QueueCommandReader input,
        IGroupContext context)
    {
        long number = input.ReadInt64();
        UnitRef body = input.ReadUnit();
        long bodyBytes = input.ReadInt64();
        long ttlMs = input.ReadInt64();
        int tag = input.ReadInt32();
        // Two leaders in a row may have routed it; the first outcome counts.
        if (!_duties.Remove(number, out Duty? duty))
            return Answer.Ok;
        var overlay = new UnitRef(meta.Index, meta.Slot);
        int references = 0;
        foreach (QueueId id in input.ReadQueues())
            references += MoveHere(id, overlay, bodyBytes, ttlMs, tag, meta.TimestampMs) ? 1 : 0;
        for (int remote = input.ReadCount(); remote > 0; remote--)
        {
            var target = new GroupId(input.ReadInt32());
            SendAhead(target, body, number, context);
            var payload = new ArrayBufferWriter<byte>();
            MovePayload.Write(payload, overlay, input.ReadQueues());
            _live.Add(overlay.Index);
            references++;
            context.Send(target, payload.WrittenSpan);
        }

        if ((RouteDutyTail)input.ReadByte() == RouteDutyTail.LastValue
            && ChangeLastValue(meta, LastValueMove.Read(ref input), body, ttlMs, number, context))
        {
            references++;
        }

        if (references > 0)
        {
            _live.KeepBody(overlay.Index, body);
            _live.AddBytes(overlay.Index, command.Length);
        }

        _live.Release(duty.Unit.Index);
        _dutyBytes -= duty.Bytes;
        Tell(QueueEffectKind.DutyDone, default, number: number);
        return Answer.Ok;
    }

    /// <summary>In order, and struck out in order: the move itself keeps the pieces until they are through. Each move
    /// to a group has its own, under the same number: the command before has taken the upload.</summary>
    private void SendAhead(GroupId target, UnitRef body, long number, IGroupContext context)
    {
        foreach (UnitRef chunk in ChunksOf(body))
        {
            var ahead = new ArrayBufferWriter<byte>();
            MovePayload.WriteChunk(ahead, chunk, number);
            context.Send(target, ahead.WrittenSpan);
        }
    }

    private bool MoveHere(QueueId id, UnitRef overlay, long bodyBytes, long ttlMs, int tag, long nowMs)
    {
        if (Find(id) is not { } queue)
            return false;
        _live.Add(overlay.Index);
        if (queue.IsPartition)
            Append(queue, overlay, nowMs, tag);
        else
            Store(queue, overlay, nowMs, ttlMs, bodyBytes, delayMs: 0);
        return true;
    }
}
