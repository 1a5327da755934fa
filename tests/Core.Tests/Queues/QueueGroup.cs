using System.Buffers;
using System.Text;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Queues;
using Cmq.MultiProtocol.Core.Storage;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Queues;

/// <summary>
/// One group in a test: its log, the state machine of the leader and of a follower, and the leader's
/// dispatcher. Time stands still unless the test moves it. Proposals are applied when the test settles, or
/// one by one.
/// </summary>
internal sealed class QueueGroup : IDispatchOutput, IUnitReader
{
    private readonly Dictionary<ConsumerKey, long> _granted = [];
    public static readonly NodeIncarnation NodeA = new(new NodeId(1), 1);
    public static readonly NodeIncarnation NodeB = new(new NodeId(2), 1);
    public static readonly QueueId Orders = new(7);

    private readonly Dictionary<long, (long TimeMs, ReadOnlyMemory<byte>[] Commands)> _log = [];
    private readonly Queue<ReadOnlyMemory<byte>> _proposals = new();
    private readonly GroupContext _followerContext;
    private readonly Func<IReadOnlyList<IMachinePart>> _parts;
    private readonly HashSet<byte[]> _delivered = new(ReferenceEqualityComparer.Instance);
    private readonly long? _rowCacheBytes;
    private InMemoryBlocks? _blocks;
    private long _nextRequest = 1;

    /// <param name="rowCacheBytes">Sealed blocks leave the memory above this; null = they stay.</param>
    public QueueGroup(
        QueueMachineOptions? options = null,
        LimitOptions? limits = null,
        int group = 1,
        Func<IReadOnlyList<IMachinePart>>? parts = null,
        long? rowCacheBytes = null)
    {
        _parts = parts ?? (() => []);
        _rowCacheBytes = rowCacheBytes;
        Options = options ?? new QueueMachineOptions();
        Parts = _parts();
        Machine = NewMachine(new GroupId(group), Parts, _blocks = NewBlocks());
        Follower = NewMachine(new GroupId(group), _parts(), NewBlocks());
        Context = new GroupContext(new GroupId(group));
        _followerContext = new GroupContext(new GroupId(group));
        Limits = limits ?? new LimitOptions();
        Dispatcher = new QueueDispatcher(Machine, this, Limits);
        Dispatcher.BecomeLeader(NowMs, []);
    }

    public QueueMachineOptions Options { get; }

    public LimitOptions Limits { get; }

    public QueueMachine Machine { get; private set; }

    public QueueMachine Follower { get; }

    /// <summary>Of the leader's machine.</summary>
    public IReadOnlyList<IMachinePart> Parts { get; private set; } = [];

    public GroupContext Context { get; }

    public QueueDispatcher Dispatcher { get; private set; }

    public long NowMs { get; set; } = 1_000_000;

    public long LastIndex { get; private set; }

    public bool Accepts { get; set; } = true;

    /// <summary>Reading an entry that the state does not refer to is an error.</summary>
    public bool LiveOnly { get; set; } = true;

    /// <summary>Bytes.</summary>
    public int LargestProposal { get; private set; }

    public int Waiting => _proposals.Count;

    public List<DispatchedMessage> Delivered { get; } = [];

    public Dictionary<RequestId, QueueResponse> Responses { get; } = [];

    /// <summary>What the leader was asked to route.</summary>
    public List<RouteWish> Wishes { get; } = [];

    /// <summary>Where duties' messages go: topic name to queues.</summary>
    public Dictionary<string, RouteTarget[]> Routes { get; } = [];

    IUnitReader IDispatchOutput.Units => this;

    public bool Propose(ReadOnlyMemory<byte> command)
    {
        if (!Accepts)
            return false;
        LargestProposal = Math.Max(LargestProposal, command.Length);
        _proposals.Enqueue(command);
        return true;
    }

    public void Deliver(in DispatchedMessage message) => Delivered.Add(message);

    public void Respond(RequestId request, in QueueResponse response)
    {
        Assert.False(Responses.ContainsKey(request), "a request is answered once");
        Responses.Add(request, response);
    }

    public bool KnowsRoutes { get; set; } = true;

    public IReadOnlyList<RouteTarget> Route(in RouteWish wish, StoredMessage message)
    {
        Wishes.Add(wish);
        return Routes.GetValueOrDefault(wish.Topic) ?? [];
    }

    /// <summary>Where the last values of all topics are; null: no topic is there.</summary>
    public LastValueTarget? LastValues { get; set; }

    public LastValueTarget? FindLastValue(in RouteWish wish) => LastValues;

    /// <summary>Somebody listens where dead letters go.</summary>
    public bool IsListened { get; set; }

    public List<StoredMessage> Heard { get; } = [];

    public bool IsListenedTo(in RouteWish wish, StoredMessage message) => IsListened;

    public void Hear(in RouteWish wish, StoredMessage message) => Heard.Add(message);

    public ReadOnlyMemory<byte> ReadCommand(UnitRef unit)
    {
        if (LiveOnly)
            Assert.Contains(FindLive(unit.Index, unit.Index).Entries, live => live.Slots!.Contains(unit.Slot));
        return _log[unit.Index].Commands[unit.Slot];
    }

    public long TimestampMs(long index) => _log[index].TimeMs;

    /// <summary>Applies one entry of one command, on leader and follower.</summary>
    public Answer Apply(Action<ArrayBufferWriter<byte>> write, LaneSource? source = null)
    {
        var command = new ArrayBufferWriter<byte>();
        write(command);
        return ApplyEntry([command.WrittenMemory], source ?? LaneSource.Of(NodeA))[0];
    }

    public Answer[] ApplyEntry(ReadOnlyMemory<byte>[] commands, LaneSource source)
    {
        long index = ++LastIndex;
        _log.Add(index, (NowMs, commands));
        var answers = new Answer[commands.Length];
        for (int slot = 0; slot < commands.Length; slot++)
        {
            var meta = new CommandMeta(index, 1, NowMs, slot, source);
            answers[slot] = Machine.Apply(meta, commands[slot], Context);
            _followerContext.OutboxBytes = Context.OutboxBytes;
            Assert.Equal(answers[slot], Follower.Apply(meta, commands[slot], _followerContext));
        }

        Dispatcher.OnApplied(NowMs);
        return answers;
    }

    /// <summary>Applies the oldest proposal.</summary>
    public void CommitOne() => ApplyEntry([_proposals.Dequeue()], LaneSource.Leader);

    /// <summary>Applies all proposals as one entry.</summary>
    public void CommitTogether()
    {
        ReadOnlyMemory<byte>[] commands = [.. _proposals];
        _proposals.Clear();
        ApplyEntry(commands, LaneSource.Leader);
    }

    /// <summary>Hands out and applies until nothing is left to do at this time.</summary>
    public void Settle()
    {
        for (int pass = 0; pass < 100_000; pass++)
        {
            if (Dispatcher.NextDeadlineMs <= NowMs)
                Dispatcher.Advance(NowMs);
            Dispatcher.Pump(NowMs);
            if (_proposals.Count == 0)
                return;
            while (_proposals.Count > 0)
                CommitOne();
        }

        Assert.Fail("the group does not come to rest");
    }

    /// <summary>Moves time from deadline to deadline.</summary>
    public void Pass(long ms)
    {
        long endMs = NowMs + ms;
        Settle();
        while (Dispatcher.NextDeadlineMs is { } dueMs && dueMs <= endMs)
        {
            NowMs = Math.Max(NowMs, dueMs);
            Dispatcher.Advance(NowMs);
            Settle();
        }

        NowMs = endMs;
        Settle();
    }

    /// <summary>Leader and follower are the same, and so is what is read back from a snapshot.</summary>
    public void CheckState()
    {
        byte[] state = StateOf(Machine);
        Assert.Equal(state, StateOf(Follower));
        QueueMachine copy = NewMachine(Machine.Group, _parts(), CopyOfBlocks());
        copy.ReadState(new ReadOnlySequence<byte>(state));
        Assert.Equal(state, StateOf(copy));
        Assert.Equal(Machine.LiveIndexes(), copy.LiveIndexes());
        CheckLive();
    }

    /// <summary>The other group has what was sent to it.</summary>
    public void Deliver(byte[] payload)
    {
        Machine.Delivered(payload);
        Follower.Delivered(payload);
        _delivered.Add(payload);
    }

    /// <summary>By slot the same lives as by entry, and every reference is found, also in parts.</summary>
    private void CheckLive()
    {
        LiveSlots all = FindLive(1, LastIndex);
        Assert.Equal(0, all.Unexplained);
        Assert.Equal(Machine.LiveIndexes(), all.Entries.Select(live => live.Index));
        Assert.All(all.Entries, live => Assert.NotEmpty(live.Slots!));
        List<(long, string)> inParts = [];
        for (long first = 1; first <= LastIndex;)
        {
            LiveSlots part = FindLive(first, LastIndex, maxReferences: 5);
            inParts.AddRange(part.Entries.Select(live => (live.Index, string.Join(' ', live.Slots!))));
            first = part.Last + 1;
        }

        Assert.Equal(all.Entries.Select(live => (live.Index, string.Join(' ', live.Slots!))), inParts);
    }

    private LiveSlots FindLive(long first, long last, int maxReferences = int.MaxValue) => Machine.FindLive(
        first, last, maxReferences,
        Context.Sent.Select(sent => sent.Payload).Where(payload => !_delivered.Contains(payload))
            .Select(payload => (ReadOnlyMemory<byte>)payload));

    /// <summary>
    /// A new leader takes over, with the state from a snapshot; proposals of the old one are lost.
    /// </summary>
    public void ChangeLeader(params NodeIncarnation[] awaited)
    {
        Dispatcher.StepDown();
        _proposals.Clear();
        byte[] state = StateOf(Machine);
        Parts = _parts();
        Machine = NewMachine(Machine.Group, Parts, _blocks = CopyOfBlocks());
        Machine.ReadState(new ReadOnlySequence<byte>(state));
        Dispatcher = new QueueDispatcher(Machine, this, Limits);
        Dispatcher.BecomeLeader(NowMs, awaited);
    }

    /// <summary>Blocks that the leader has in its store.</summary>
    public int StoredBlocks => _blocks?.Count ?? 0;

    private InMemoryBlocks? NewBlocks() => _rowCacheBytes is null ? null : new InMemoryBlocks();

    /// <summary>What comes along with a snapshot.</summary>
    private InMemoryBlocks? CopyOfBlocks() =>
        _blocks is null ? null : new InMemoryBlocks(((InMemoryBlockSet)_blocks.Capture()).ToDictionary());

    private QueueMachine NewMachine(GroupId group, IReadOnlyList<IMachinePart> parts, InMemoryBlocks? blocks) =>
        new(group, Options, parts, blocks, _rowCacheBytes ?? QueueMachine.DefaultRowCacheBytes);

    public static byte[] StateOf(QueueMachine machine)
    {
        var state = new ArrayBufferWriter<byte>();
        machine.WriteState(state);
        return state.WrittenSpan.ToArray();
    }

    public QueueId Create(
        QueueSettings? settings = null, long id = 7, string name = "orders", bool autoDelete = false,
        ConnectionKey? owner = null)
    {
        Apply(
            output => QueueCommandWriter.CreateQueue(
                output,
                new NewQueue(new QueueId(id), new NamespaceId(1), name, true, autoDelete, owner, settings ?? new())),
            new LaneSource(LaneSourceKind.Group, 0, 0));
        return new QueueId(id);
    }

    public Answer Publish(string body, long? ttlMs = null, long delayMs = 0, params QueueId[] targets)
    {
        QueueId[] to = targets.Length == 0 ? [Orders] : targets;
        PublishedUnit unit = Unit(body) with { TtlMs = ttlMs, DelayMs = delayMs };
        return Apply(output => QueueCommandWriter.Publish(output, to, unit));
    }

    public static PublishedUnit Unit(string body) => new()
    {
        Topic = "shop",
        RoutingKey = "order.new",
        MoreKeys = ["copy"],
        Format = PropertyFormat.Amqp,
        Properties = new byte[] { 1, 2, 3 },
        Body = new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(body)),
    };

    public Answer SettleBy(ConnectionKey holder, SettleOutcome outcome, params long[] sequences) =>
        SettleIn(Orders, holder, outcome, sequences);

    public Answer SettleIn(QueueId queue, ConnectionKey holder, SettleOutcome outcome, params long[] sequences) =>
        Apply(output => QueueCommandWriter.Settle(
            output, queue, holder, outcome, [.. sequences.Select(sequence => new SequenceRange(sequence, 1))]));

    public Answer SettleReceipts(params long[] receipts) =>
        Apply(output => QueueCommandWriter.SettleReceipts(output, Orders, receipts));

    public ConsumerKey Attach(
        int connection = 1, int number = 1, long credit = 1_000, int priority = 0, NodeIncarnation? node = null,
        QueueId? queue = null, long epoch = 0)
    {
        var consumer = new ConsumerKey(new ConnectionKey(node ?? NodeA, connection), number);
        Answer answer = Apply(
            output => QueueCommandWriter.Attach(output, queue ?? Orders, consumer, priority, false, epoch));
        Assert.Equal(Reply.Ok, answer.Reply);
        Credit(consumer, credit, queue);
        return consumer;
    }

    public long GrantedTo(ConsumerKey consumer) => _granted.GetValueOrDefault(consumer);

    public void Credit(ConsumerKey consumer, long delta, QueueId? queue = null)
    {
        long granted = _granted[consumer] = _granted.GetValueOrDefault(consumer) + delta;
        Dispatcher.Handle(new QueueRequest.Credit(NextRequest(), queue ?? Orders, consumer, granted), NowMs);
    }

    public RequestId NextRequest() => new(NodeA, _nextRequest++);

    /// <summary>Asks when nothing is on its way, lets everything be applied, and gives the answer.</summary>
    public QueueResponse Ask(Func<RequestId, QueueRequest> request)
    {
        Settle();
        RequestId id = NextRequest();
        Dispatcher.Handle(request(id), NowMs);
        Settle();
        return Responses[id];
    }

    public QueueResponse Get(int connection = 50, bool autoSettle = false, QueueId? queue = null) => Ask(id =>
        new QueueRequest.Get(id, queue ?? Orders, new ConnectionKey(NodeA, connection), autoSettle));

    public QueueResponse Receive(int max = 1, QueueId? queue = null) => Ask(id =>
        new QueueRequest.Receive(id, queue ?? Orders, new ConnectionKey(NodeA, 60), max, 0));

    public RequestId Wait(int waitMs, int max = 1, int connection = 60)
    {
        RequestId id = NextRequest();
        Dispatcher.Handle(
            new QueueRequest.Receive(id, Orders, new ConnectionKey(NodeA, connection), max, waitMs), NowMs);
        Settle();
        return id;
    }

    public QueueStatus Status(QueueId? queue = null) =>
        Ask(id => new QueueRequest.Status(id, queue ?? Orders, false)).Status;

    public StoredMessage Read(in DispatchedMessage message) => QueueUnits.Read(Machine, this, message.Unit);

    public string BodyOf(in DispatchedMessage message) =>
        Encoding.UTF8.GetString(Read(message).Body.ToArray());

    /// <summary>Bodies of all that was delivered, in order, settled since or not.</summary>
    public string[] Bodies()
    {
        LiveOnly = false;
        string[] bodies = [.. Delivered.Select(message => BodyOf(message))];
        LiveOnly = true;
        return bodies;
    }

    public long[] Sequences() => [.. Delivered.Select(message => message.Sequence)];
}
