using System.Diagnostics;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Queues;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>What a group's leader does for its partitions: reads them, lets readers wait, looks for keys.</summary>
/// <param name="machine">The group's state.</param>
/// <param name="node">Sends the answers; knows the readers of properties.</param>
internal sealed class PartitionRole(QueueMachine machine, BrokerNode node) : RolePart
{
    /// <summary>Reads that wait in one group, a count; more are refused.</summary>
    public const int MaxWaiting = 65_536;

    /// <summary>Searches for keys under way in one group, a count; more are refused.</summary>
    public const int MaxSearches = 64;

    /// <summary>Messages that a search looks at before the group goes on with its other work.</summary>
    private const int SearchSlice = 128;

    /// <summary>After this long a search answers with what it has found, ms: who asked does not wait for ever.</summary>
    private const long MaxSearchMs = 10_000;

    /// <summary>Deadlines of reads that were answered are thrown out when they are more than those of reads that wait,
    /// and this many, a count.</summary>
    private const int ManyDeadlines = 1_024;

    private readonly List<QueueId> _changed = [];
    private readonly HashSet<QueueId> _awake = [];
    private readonly Dictionary<RequestId, WaitingRead> _waiting = [];
    private readonly Dictionary<QueueId, HashSet<WaitingRead>> _waitingAt = [];
    private readonly PriorityQueue<WaitingRead, long> _deadlines = new();
    private readonly Queue<(RequestId Id, PartitionKeySearch Search, long DeadlineMs)> _searches = [];
    private PartitionReader? _reader;

    public override byte Number => PartitionAsk.Part;

    public override long? NextDeadlineMs
    {
        get
        {
            if (_awake.Count > 0 || _searches.Count > 0)
                return 0;
            return _deadlines.TryPeek(out _, out long dueMs) ? dueMs : null;
        }
    }

    private PartitionReader Reader => _reader ??= new PartitionReader(machine, Host.Units);

    public override void Activate(long nowMs) => machine.ChangedPartitions = _changed;

    /// <summary>Who waits asks the next leader.</summary>
    public override void Deactivate()
    {
        machine.ChangedPartitions = null;
        _changed.Clear();
        _awake.Clear();
        _waiting.Clear();
        _waitingAt.Clear();
        _deadlines.Clear();
        _searches.Clear();
    }

    public override void Applied(long nowMs)
    {
        foreach (QueueId partition in _changed)
        {
            if (_waitingAt.ContainsKey(partition))
                _awake.Add(partition);
        }

        _changed.Clear();
    }

    public override void Handle(in NodeRequest request, ReadOnlyMemory<byte> body, long nowMs)
    {
        var id = new RequestId(request.From, request.Number);
        switch (PartitionCodec.ReadAsk(body))
        {
            case PartitionAsk.Read read:
                Read(id, read, nowMs);
                break;
            case PartitionAsk.Cancel cancel:
                Forget(id with { Number = cancel.Number });
                break;
            case PartitionAsk.Bounds ask:
                RespondConfirmed(id, Reader.Find(ask.Partition) is { } partition
                    ? new PartitionSaid(Reply.Ok, 0, PartitionReader.BoundsOf(partition), [])
                    : PartitionSaid.Refused(Reply.QueueNotFound));
                break;
            case PartitionAsk.FindOffset ask:
                RespondConfirmed(id, Reader.Find(ask.Partition) is { } searched
                    ? new PartitionSaid(Reply.Ok, searched.OffsetOfTime(ask.TimeMs), default, [])
                    : PartitionSaid.Refused(Reply.QueueNotFound));
                break;
            case PartitionAsk.FindPosition ask:
                PartitionMessage? found = Reader.FindPosition(ask.Position, ask.Namespace);
                RespondFound(id, new PartitionSaid(Reply.Ok, 0, default, found is null ? [] : [found]));
                break;
            case PartitionAsk.FindKey ask:
                Search(id, ask, nowMs);
                break;
            default:
                throw new UnreachableException();
        }
    }

    public override void Advance(long nowMs)
    {
        foreach (QueueId partition in _awake)
            Wake(partition);
        _awake.Clear();
        while (_deadlines.TryPeek(out WaitingRead? read, out long dueMs) && dueMs <= nowMs)
        {
            _deadlines.Dequeue();
            if (_waiting.GetValueOrDefault(read.Id) == read)
                Answer(read, []);
        }

        // One slice of one search, so that they share the time which the group has for them.
        if (!_searches.TryDequeue(out (RequestId Id, PartitionKeySearch Search, long DeadlineMs) next))
            return;
        if (next.Search.Step(SearchSlice) && nowMs < next.DeadlineMs)
            _searches.Enqueue(next);
        else
            RespondConfirmed(next.Id, new PartitionSaid(Reply.Ok, 0, default, next.Search.ReadFound()));
    }

    private void Read(RequestId id, PartitionAsk.Read ask, long nowMs)
    {
        // Sent again, because the way was broken: the first one is answered no more.
        Forget(id);
        if (Reader.Find(ask.Partition) is not { } partition)
        {
            RespondConfirmed(id, PartitionSaid.Refused(Reply.QueueNotFound));
            return;
        }

        PartitionQuery query = ask.Query;
        long next = query.Offset;
        IReadOnlyList<PartitionMessage> messages = Reader.Read(partition, query, ref next);
        bool wasInside = query.Offset >= partition.MinOffset && query.Offset <= partition.NextSequence;
        bool waits = messages.Count == 0 && wasInside && next == partition.NextSequence && query.WaitMs > 0;
        if (!waits)
            RespondFound(id, SaidOf(partition, next, messages));
        else if (_waiting.Count >= MaxWaiting)
            Respond(id, PartitionSaid.Refused(Reply.Unavailable));
        else
            Remember(new WaitingRead(id, ask, next, nowMs + query.WaitMs));
    }

    private void Wake(QueueId id)
    {
        if (!_waitingAt.TryGetValue(id, out HashSet<WaitingRead>? reads))
            return;
        QueueState? partition = Reader.Find(id);
        foreach (WaitingRead read in reads.ToList())
        {
            if (partition is null)
            {
                Forget(read.Id);
                RespondConfirmed(read.Id, PartitionSaid.Refused(Reply.QueueNotFound));
                continue;
            }

            long next = read.Next;
            IReadOnlyList<PartitionMessage> messages = Reader.Read(partition, read.Query, ref next);
            read.Next = next;
            // A filter may have kept back all that came; what it did not get to look at, it looks at when it asks again.
            if (messages.Count > 0 || next < partition.NextSequence)
                Answer(read, messages);
        }
    }

    private void Answer(WaitingRead read, IReadOnlyList<PartitionMessage> messages)
    {
        Forget(read.Id);
        RespondFound(read.Id, Reader.Find(read.Partition) is { } partition
            ? SaidOf(partition, read.Next, messages)
            : PartitionSaid.Refused(Reply.QueueNotFound));
    }

    private void Search(RequestId id, PartitionAsk.FindKey ask, long nowMs)
    {
        if (_searches.Count >= MaxSearches)
        {
            Respond(id, PartitionSaid.Refused(Reply.Unavailable));
            return;
        }

        var search = new PartitionKeySearch(
            Reader,
            node.PropertyReader,
            ask.Partitions,
            ask.Key,
            ask.FromMs,
            ask.ToMs,
            ask.Most,
            node.Limits.KeySearchMessages);
        _searches.Enqueue((id, search, nowMs + MaxSearchMs));
    }

    private void Remember(WaitingRead read)
    {
        _waiting.Add(read.Id, read);
        if (!_waitingAt.TryGetValue(read.Partition, out HashSet<WaitingRead>? reads))
            _waitingAt.Add(read.Partition, reads = []);
        reads.Add(read);
        _deadlines.Enqueue(read, read.DeadlineMs);
    }

    private void Forget(RequestId id)
    {
        if (!_waiting.Remove(id, out WaitingRead? read))
            return;
        HashSet<WaitingRead> reads = _waitingAt[read.Partition];
        reads.Remove(read);
        if (reads.Count == 0)
            _waitingAt.Remove(read.Partition);
        // Nearly every read is answered long before its time.
        if (_deadlines.Count > 2 * _waiting.Count + ManyDeadlines)
            DropOldDeadlines();
    }

    private void DropOldDeadlines()
    {
        _deadlines.Clear();
        foreach (WaitingRead read in _waiting.Values)
            _deadlines.Enqueue(read, read.DeadlineMs);
    }

    private static PartitionSaid SaidOf(
        QueueState partition, long next, IReadOnlyList<PartitionMessage> messages) => new(
        Reply.Ok,
        next,
        new PartitionBounds(partition.MinOffset, partition.NextSequence, -1, -1),
        messages);

    /// <summary>A message that was found is where it is for ever, whoever leads. That there is none, here or any more, is
    /// for the leader to say.</summary>
    private void RespondFound(RequestId id, PartitionSaid said)
    {
        if (said.Messages.Count > 0)
            Respond(id, said);
        else
            RespondConfirmed(id, said);
    }

    private void RespondConfirmed(RequestId id, PartitionSaid said) => Host.WhenConfirmed(() => Respond(id, said));

    private void Respond(RequestId id, PartitionSaid said) => node.Respond(id.Node, Host.Group, id.Number, said);
}
