using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.LastValues;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>
/// Makes messages of stored commands. A row's unit is enough: if it is an overlay, that names its body.
/// </summary>
public static class QueueUnits
{
    /// <summary>Builds a message; its memory is that of the stored commands.</summary>
    /// <param name="machine">Knows the chunks of large bodies (<see cref="QueueMachine.ChunksOf"/>).</param>
    /// <param name="reader">Gives stored commands.</param>
    /// <param name="unit">A unit or an overlay.</param>
    public static StoredMessage Read(QueueMachine machine, IUnitReader reader, UnitRef unit)
    {
        (UnitRef body, Overlay? overlay) = Resolve(reader, unit);
        var input = new QueueCommandReader(PublishIn(reader.ReadCommand(body)));
        Invariant.Check(input.ReadKind() == QueueCommandKind.Publish, "a unit is not a publish");
        var head = new PublishHead(ref input);
        for (int targets = head.TargetCount; targets > 0; targets--)
            input.ReadQueue();
        if (head.Has(PublishFlags.Overlay))
        {
            Overlay own = OverlayCodec.Read(ref input);
            overlay ??= own;
        }

        string topic = input.ReadString(machine.Texts);
        string key = input.ReadString(machine.Texts);
        string[] moreKeys = input.ReadStrings();
        ReadOnlyMemory<byte> properties = input.ReadBytes();
        return new StoredMessage(
            topic,
            key,
            moreKeys,
            (PropertyFormat)head.Format,
            properties,
            head.Upload < 0
                ? new ReadOnlySequence<byte>(input.ReadMemory(input.Remaining))
                : Join(reader, machine.ChunksOf(body)),
            head.PublishedMs >= 0 ? head.PublishedMs : reader.TimestampMs(PublishedBy(unit, body, overlay).Index),
            head.TtlMs >= 0 ? head.TtlMs : null,
            head.Priority,
            head.Has(PublishFlags.Persistent),
            overlay);
    }

    /// <summary>
    /// The unit that holds the body: the given one, or the one under it if that is an overlay.
    /// </summary>
    public static UnitRef BodyOf(IUnitReader reader, UnitRef unit) => Resolve(reader, unit).Body;

    private static (UnitRef Body, Overlay? Overlay) Resolve(IUnitReader reader, UnitRef unit)
    {
        var input = new QueueCommandReader(reader.ReadCommand(unit));
        if (input.ReadKind() != QueueCommandKind.RouteDuty)
            return (unit, null);
        input.ReadInt64();
        UnitRef body = input.ReadUnit();
        input.ReadInt64();
        input.ReadInt64();
        input.ReadInt32();
        input.ReadQueues();
        for (int remote = input.ReadCount(); remote > 0; remote--)
        {
            input.ReadInt32();
            input.ReadQueues();
        }

        bool isMoved = (RouteDutyTail)input.ReadByte() == RouteDutyTail.Overlay;
        return (body, isMoved ? OverlayCodec.Read(ref input) : null);
    }

    /// <summary>A parked message counts as published when it was shown: its time to live runs from there.</summary>
    private static UnitRef PublishedBy(UnitRef unit, UnitRef body, Overlay? overlay) => overlay is null ? unit : body;

    /// <summary>The publish that a command is or has at its end.</summary>
    private static ReadOnlyMemory<byte> PublishIn(ReadOnlyMemory<byte> command) => command.Span[0] switch
    {
        (byte)QueueCommandKind.Publish => command,
        (byte)LastValueCommandKind.Put => LastValueCommands.PublishOf(command),
        _ => ParkHead.PublishOf(command),
    };

    private static ReadOnlySequence<byte> Join(IUnitReader reader, IReadOnlyList<UnitRef> chunks)
    {
        Invariant.Check(chunks.Count > 0, "the chunks of a body are not known");
        BodySegment? first = null;
        BodySegment? last = null;
        foreach (UnitRef chunk in chunks)
        {
            var input = new QueueCommandReader(reader.ReadCommand(chunk));
            Invariant.Check(input.ReadKind() == QueueCommandKind.Chunk, "a chunk is something else");
            input.ReadInt64();
            ReadOnlyMemory<byte> bytes = input.ReadMemory(input.Remaining);
            last = last is null ? first = new BodySegment(bytes) : last.Append(bytes);
        }

        return new ReadOnlySequence<byte>(first!, 0, last!, last!.Memory.Length);
    }
}
