using System.Buffers;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>
/// Messages that are stored outside of any queue until they are shown or dropped: delayed ones, prepared ones, wills.
/// Showing one makes it a <see cref="Duty"/> of the machine, which the leader routes.
/// </summary>
internal sealed class ParkedPart : IMachinePart
{
    private readonly SortedDictionary<long, ParkedUnit> _parked = [];
    private readonly SortedSet<(long DueMs, long Position)> _due = [];
    private readonly SortedSet<(long ListedMs, long Position)> _prepared = [];

    public byte FirstKind => (byte)ParkedCommandKind.Park;

    public int Count => _parked.Count;

    public long NextDueMs => _due.Count == 0 ? long.MaxValue : _due.Min.DueMs;

    /// <summary>Tokens of the leader's listings that were applied; null on a member that does not lead.</summary>
    public List<long>? Listed { get; set; }

    /// <summary>Null when it was shown or dropped.</summary>
    public ParkedUnit? Find(long position) => _parked.GetValueOrDefault(position);

    /// <summary>Prepared messages by the time at which they were parked or given out last, oldest first.</summary>
    public IEnumerable<(long Position, ParkedUnit Parked)> Prepared(long upToMs)
    {
        foreach ((long listedMs, long position) in _prepared)
        {
            if (listedMs > upToMs)
                yield break;
            yield return (position, _parked[position]);
        }
    }

    public Answer Apply(in CommandMeta meta, ReadOnlyMemory<byte> command, in PartContext context)
    {
        var kind = (ParkedCommandKind)command.Span[0];
        if (kind == ParkedCommandKind.Park)
            return Park(meta, command, command.Length, context);
        var input = new QueueCommandReader(command);
        input.ReadByte();
        switch (kind)
        {
            case ParkedCommandKind.Show or ParkedCommandKind.Drop:
                var ns = new NamespaceId(input.ReadInt64());
                long position = input.ReadInt64();
                string owner = input.ReadString();
                // Positions are easily guessed: what waits for its time, or for the end of a session, is not theirs.
                if (Find(position) is not { IsPrepared: true } parked || parked.Namespace != ns || parked.Owner != owner)
                    return new Answer(Reply.Gone, 0);
                if (kind == ParkedCommandKind.Show)
                    Show(position, context);
                else
                    Drop(position, context);
                return Answer.Ok;
            case ParkedCommandKind.List:
                List(meta, ref input);
                return Answer.Ok;
            default:
                throw new InvariantException($"unknown command {(byte)kind}");
        }
    }

    /// <summary>Parks a message.</summary>
    /// <param name="meta">Where the command stands.</param>
    /// <param name="park">A park command, which may be the end of another one.</param>
    /// <param name="commandBytes">Of the whole command.</param>
    /// <param name="context">The machine.</param>
    /// <returns>Ok with its position, or with -1 when the producer's number was taken before; TooManyHeld, TooLarge,
    /// Full.</returns>
    public Answer Park(in CommandMeta meta, ReadOnlyMemory<byte> park, int commandBytes, in PartContext context)
    {
        var input = new QueueCommandReader(park);
        ParkHead head = ParkHead.Read(ref input);
        bool full = CountLike(head) >= context.Machine.Options.MaxParked;
        (Reply reply, bool isNew) = context.Machine.Take(meta, input.ReadMemory(input.Remaining), commandBytes, full);
        if (!isNew)
            return new Answer(reply, -1);
        long position = context.Machine.TakePosition();
        long dueMs = head.DelayMs < 0 ? long.MaxValue : Later(meta.TimestampMs, head.DelayMs);
        Add(position, new ParkedUnit(
            new UnitRef(meta.Index, meta.Slot),
            head.Namespace,
            head.Owner,
            meta.TimestampMs,
            dueMs,
            TimesListed: 0,
            ListedMs: meta.TimestampMs));
        return new Answer(Reply.Ok, -1, position);
    }

    /// <summary>Makes it due earlier or later; nothing when it was shown or dropped.</summary>
    public void SetDue(long position, long dueMs)
    {
        if (Remove(position) is { } parked)
            Add(position, parked with { DueMs = dueMs });
    }

    /// <summary>Releases it; nothing when it was shown or dropped.</summary>
    public void Drop(long position, in PartContext context)
    {
        if (Remove(position) is { } parked)
            context.Live.Release(parked.Unit.Index);
    }

    public void NodeGone(in CommandMeta meta, NodeIncarnation gone, in PartContext context)
    {
        // What is parked is nobody's: it waits for its time or for a word from any node.
    }

    public void Tick(in CommandMeta meta, in PartContext context)
    {
        int left = context.Machine.Options.MaxWorkPerTick;
        // Under pressure it stays parked: a duty costs more, and the next tick is on its way.
        while (left-- > 0 && NextDueMs <= meta.TimestampMs && !context.Machine.IsUnderPressure)
            Show(_due.Min.Position, context);
    }

    public void FindLive(LiveSlots live)
    {
        foreach (ParkedUnit parked in _parked.Values)
            live.Add(parked.Unit);
    }

    public void Write(IBufferWriter<byte> output)
    {
        output.PutCount(_parked.Count);
        foreach ((long position, ParkedUnit parked) in _parked)
        {
            output.PutInt64(position);
            parked.Write(output);
        }
    }

    public void Read(ref QueueCommandReader input)
    {
        _parked.Clear();
        _due.Clear();
        _prepared.Clear();
        for (int count = input.ReadCount(); count > 0; count--)
            Add(input.ReadInt64(), ParkedUnit.Read(ref input));
    }

    /// <summary>A log time so long after another one; <see cref="long.MaxValue"/> at the most.</summary>
    public static long Later(long nowMs, long delayMs) =>
        delayMs > long.MaxValue - nowMs ? long.MaxValue : nowMs + delayMs;

    /// <summary>What is parked of the same kind: each has room of its own, so that none keeps the others out.</summary>
    private int CountLike(ParkHead head)
    {
        if (head.DelayMs >= 0)
            return _due.Count;
        return head.Owner.Length > 0 ? _prepared.Count : _parked.Count - _due.Count - _prepared.Count;
    }

    private void Show(long position, in PartContext context)
    {
        ParkedUnit parked = Remove(position)!;
        context.Machine.Show(parked.Namespace, parked.Unit);
    }

    private void List(in CommandMeta meta, ref QueueCommandReader input)
    {
        long token = input.ReadInt64();
        for (int count = input.ReadCount(); count > 0; count--)
        {
            long position = input.ReadInt64();
            if (Find(position) is not { IsPrepared: true } parked)
                continue;
            Remove(position);
            Add(position, parked with { TimesListed = parked.TimesListed + 1, ListedMs = meta.TimestampMs });
        }

        Listed?.Add(token);
    }

    private void Add(long position, ParkedUnit parked)
    {
        _parked.Add(position, parked);
        if (parked.DueMs < long.MaxValue)
            _due.Add((parked.DueMs, position));
        else if (parked.IsPrepared)
            _prepared.Add((parked.ListedMs, position));
    }

    private ParkedUnit? Remove(long position)
    {
        if (!_parked.Remove(position, out ParkedUnit? parked))
            return null;
        _due.Remove((parked.DueMs, position));
        _prepared.Remove((parked.ListedMs, position));
        return parked;
    }
}
