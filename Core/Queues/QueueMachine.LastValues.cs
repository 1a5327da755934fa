using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.LastValues;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>Last values that parked messages change when they are shown: in this group, or in another one over the
/// lane to it. The duty's end makes it once, as for queues.</summary>
public sealed partial class QueueMachine
{
    private readonly LastValuePart? _lastValues;

    /// <returns>The message is referred to once more.</returns>
    private bool ChangeLastValue(
        in CommandMeta meta, in LastValueMove move, UnitRef body, long ttlMs, long number, IGroupContext context)
    {
        var shown = new UnitRef(meta.Index, meta.Slot);
        return move.Target.Group == Group
            ? ChangeLastValueHere(move, shown, LastValuePart.ExpiresMs(meta.TimestampMs, ttlMs), ContextOf(context))
            : SendLastValue(move, shown, body, number, context);
    }

    private bool ChangeLastValueHere(in LastValueMove move, UnitRef shown, long expiresMs, in PartContext context)
    {
        Invariant.Check(_lastValues is not null, "a group without last values has one to change");
        if (move.Change == LastValueChange.Put)
            return _lastValues.TryPut(move.Target.Topic, move.Key, shown, expiresMs, context);
        _lastValues.Clear(move.Target.Topic, move.Key, context);
        return false;
    }

    private bool SendLastValue(
        in LastValueMove move, UnitRef shown, UnitRef body, long number, IGroupContext context)
    {
        var payload = new ArrayBufferWriter<byte>();
        if (move.Change != LastValueChange.Put)
        {
            // It is the command already.
            LastValueCommands.Clear(payload, move.Target.Topic, move.Key);
            context.Send(move.Target.Group, payload.WrittenSpan);
            return false;
        }

        SendAhead(move.Target.Group, body, number, context);
        MovePayload.WriteLastValue(payload, shown, move.Target.Topic);
        _live.Add(shown.Index);
        context.Send(move.Target.Group, payload.WrittenSpan);
        return true;
    }

    private ReadOnlyMemory<byte> MaterializeLastValue(ReadOnlyMemory<byte> payload, IUnitReader units)
    {
        (UnitRef shown, TopicId topic) = MovePayload.ReadLastValue(payload);
        var command = new ArrayBufferWriter<byte>();
        LastValueCommands.Put(command, topic, MovedUnit(shown, units));
        return command.WrittenMemory;
    }
}
