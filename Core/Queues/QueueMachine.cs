using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.LastValues;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>
/// The replicated state of a group of queues: rows, settlement, check-outs, delays, consumers and waiting
/// dead letters (section 4 of the design). Bodies stay in the log; the machine counts the references on its
/// entries.
/// </summary>
public sealed partial class QueueMachine : IGroupMachine
{
    /// <summary>Version of commands and state that this code knows.</summary>
    public const int CurrentVersion = 4;

    /// <summary>Rows of sealed blocks that are in memory if nothing else is said, bytes.</summary>
    public const long DefaultRowCacheBytes = 8L * 1024 * 1024;

    private readonly SortedDictionary<long, QueueState> _queues = [];
    private readonly SortedDictionary<long, QueueState> _partitions = [];
    private readonly SortedDictionary<long, Duty> _duties = [];

    /// <summary>Queues that a connection owns or consumes from; derived from the queues.</summary>
    private readonly Dictionary<ConnectionKey, SortedSet<long>> _connections = [];

    private readonly PriorityQueue<long, (long DueMs, long Queue)> _due = new();
    private readonly IReadOnlyList<IMachinePart> _parts;
    private readonly ProducerNumbers _producers;
    private readonly IBlockStore? _blocks;
    private readonly long _rowCacheBytes;
    private readonly SpareRows _spareRows = new();

    /// <summary>For all that has blocks of rows; another one after <see cref="ReadState"/>. Null = they stay in
    /// memory.</summary>
    private RowCache? _rows;
    private LiveEntries _live;
    private Uploads _uploads;
    private long _nextDuty = 1;
    private long _dutyBytes;
    private long _outboxBytes;

    /// <param name="group">The group that it is the state of.</param>
    /// <param name="options">Limits; the same on every member.</param>
    /// <param name="blocks">Where sealed blocks of rows go; null = all rows stay in memory, and are in the state.</param>
    /// <param name="rowCacheBytes">Rows of sealed blocks that are in memory all the same; each member may have its
    /// own.</param>
    public QueueMachine(
        GroupId group,
        QueueMachineOptions options,
        IBlockStore? blocks = null,
        long rowCacheBytes = DefaultRowCacheBytes)
        : this(group, options, [], blocks, rowCacheBytes)
    {
    }

    /// <param name="group">The group that it is the state of.</param>
    /// <param name="options">Limits; the same on every member.</param>
    /// <param name="parts">Parts beside the queues, in ascending order of their kinds; the same on every member.</param>
    /// <param name="blocks">Where sealed blocks of rows go; null = all rows stay in memory, and are in the state.</param>
    /// <param name="rowCacheBytes">Rows of sealed blocks that are in memory all the same; each member may have its
    /// own.</param>
    internal QueueMachine(
        GroupId group,
        QueueMachineOptions options,
        IReadOnlyList<IMachinePart> parts,
        IBlockStore? blocks = null,
        long rowCacheBytes = DefaultRowCacheBytes)
    {
        _parts = parts;
        _lastValues = parts.OfType<LastValuePart>().FirstOrDefault();
        Group = group;
        Options = options;
        _blocks = blocks;
        _rowCacheBytes = rowCacheBytes;
        _rows = NewCache();
        _live = new LiveEntries(options.MaxStoredBytes is not null);
        _uploads = new Uploads(options, _live);
        _producers = new ProducerNumbers(options.MaxProducers);
    }

    public GroupId Group { get; }

    public QueueMachineOptions Options { get; }

    /// <summary>Version of the state; raised by a command when every member knows the new one.</summary>
    public int MachineVersion { get; private set; } = CurrentVersion;

    /// <summary>
    /// Too many bytes wait to be moved elsewhere: queues with a dead-letter target stand still. Follows the
    /// outbox as of the last applied command.
    /// </summary>
    public bool IsUnderPressure => _dutyBytes + _outboxBytes > Options.MaxDutyBytes;

    /// <summary>Set by the leader's dispatcher to learn what apply did.</summary>
    internal List<QueueEffect>? Effects { get; set; }

    internal IReadOnlyList<IMachinePart> Parts => _parts;

    /// <summary>Of the messages that are read.</summary>
    internal RepeatedTexts Texts { get; } = new();

    internal IEnumerable<QueueState> Queues => _queues.Values;

    internal IEnumerable<QueueState> Partitions => _partitions.Values;

    internal IReadOnlyDictionary<long, Duty> Duties => _duties;

    public Answer Apply(in CommandMeta meta, ReadOnlyMemory<byte> command, IGroupContext context)
    {
        _outboxBytes = context.OutboxBytes;
        var input = new QueueCommandReader(command);
        QueueCommandKind kind = input.ReadKind();
        Answer answer = kind switch
        {
            QueueCommandKind.Publish => Publish(meta, command, ref input),
            QueueCommandKind.Settle => Settle(meta, ref input),
            QueueCommandKind.SettleReceipts => SettleReceipts(meta, ref input),
            QueueCommandKind.Chunk => Chunk(meta, command, ref input),
            QueueCommandKind.CheckOut => CheckOut(meta, ref input),
            QueueCommandKind.Release => Release(ref input),
            QueueCommandKind.Drop => Drop(meta, ref input),
            QueueCommandKind.Return => Return(meta, ref input),
            QueueCommandKind.Rewind => Rewind(meta, ref input),
            QueueCommandKind.MarkDelivered => MarkDelivered(ref input),
            QueueCommandKind.Tick => Tick(meta, context),
            QueueCommandKind.RouteDuty => RouteDuty(meta, command, ref input, context),
            QueueCommandKind.Attach => Attach(ref input),
            QueueCommandKind.Detach => Detach(ref input, context),
            QueueCommandKind.CloseConnection => CloseConnection(ref input, context),
            QueueCommandKind.CreateQueue => CreateQueue(ref input, context),
            QueueCommandKind.ChangeQueue => ChangeQueue(meta, ref input),
            QueueCommandKind.RemoveQueue => RemoveQueue(ref input, context),
            QueueCommandKind.DeleteQueue => DeleteQueue(ref input, context),
            QueueCommandKind.NodeGone => NodeGone(meta, ref input, context),
            _ => PartOf(kind).Apply(meta, command, ContextOf(context)),
        };
        _outboxBytes = context.OutboxBytes;
        return answer;
    }

    /// <inheritdoc/>
    /// <returns>An <see cref="IndexSet"/>.</returns>
    public IReadOnlyList<long> LiveIndexes() => _live.Indexes();

    /// <summary>
    /// Where a unit's body is when it went ahead in chunks; empty when it is in the command itself.
    /// </summary>
    public IReadOnlyList<UnitRef> ChunksOf(UnitRef unit) => _live.ChunksOf(unit);

    /// <summary>Log time at which a tick has something to do; null = nothing is due.</summary>
    public long? NextTickMs
    {
        get
        {
            long dueMs = _uploads.NextDueMs;
            foreach (IMachinePart part in _parts)
                dueMs = Math.Min(dueMs, part.NextDueMs);
            while (_due.TryPeek(out long id, out (long DueMs, long Queue) key) && key.DueMs < dueMs)
            {
                // What was due earliest may have been settled since: look again before a tick is spent on it.
                long trueMs = _queues.TryGetValue(id, out QueueState? queue)
                    ? queue.NextDueMs(Options.AgeSlackMs)
                    : long.MaxValue;
                if (trueMs == key.DueMs)
                {
                    dueMs = key.DueMs;
                    break;
                }

                _due.Dequeue();
                if (queue is null || queue.ScheduledMs != key.DueMs)
                    continue;
                queue.ScheduledMs = long.MaxValue;
                Schedule(queue);
            }

            return dueMs == long.MaxValue ? null : dueMs;
        }
    }

    /// <summary>A session has ended: its numbers are of no use any more.</summary>
    internal void ForgetProducer(long producer) => _producers.Forget(producer);

    internal QueueState? Find(QueueId queue) => _queues.GetValueOrDefault(queue.Value);

    private IMachinePart PartOf(QueueCommandKind kind)
    {
        foreach (IMachinePart part in _parts)
        {
            if (part.FirstKind == ((byte)kind & 0xF0))
                return part;
        }

        throw new InvariantException($"unknown command {(byte)kind}");
    }

    private PartContext ContextOf(IGroupContext context) => new(this, _live, context);

    private static Answer NotFound => new(Reply.QueueNotFound, 0);

    /// <summary>Called whenever something may have become due earlier than before.</summary>
    private void Schedule(QueueState queue)
    {
        long dueMs = queue.NextDueMs(Options.AgeSlackMs);
        if (dueMs >= queue.ScheduledMs)
            return;
        queue.ScheduledMs = dueMs;
        _due.Enqueue(queue.Id.Value, (dueMs, queue.Id.Value));
    }

    private void Tell(QueueEffectKind kind, QueueId queue, long first = 0, long count = 0, long number = 0) =>
        Effects?.Add(new QueueEffect(kind, queue) { First = first, Count = count, Number = number });

    /// <summary>Tells of one message; neighbours are told of together.</summary>
    private void TellOf(QueueEffectKind kind, QueueId queue, long sequence)
    {
        if (Effects is not { } effects)
            return;
        if (effects.Count > 0 && effects[^1] is var last && last.Kind == kind && last.Queue == queue
            && last.First + last.Count == sequence && last.Consumer == default)
        {
            effects[^1] = last with { Count = last.Count + 1 };
            return;
        }

        effects.Add(new QueueEffect(kind, queue) { First = sequence, Count = 1 });
    }
}
