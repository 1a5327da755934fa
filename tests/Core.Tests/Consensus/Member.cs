using System.Buffers;
using System.Text;
using Cmq.MultiProtocol.Core.Consensus;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Consensus;

/// <summary>
/// The host of one RaftNode: a durable part, which survives a crash, writes under way, which may not, and a
/// state machine that is the list of the texts applied.
/// </summary>
internal sealed class Member(
    RaftOptions options, GroupMembers members, Func<int, int> nextRandom, Action<RaftMessage> send)
{
    private readonly Queue<Ready> _writing = [];
    private List<string> _snapshotState = [];
    private RaftNode? _node;
    private long _restarts;

    private RaftOptions _options = options;
    private GroupMembers _first = members;

    public NodeId Id => _options.Self;

    public Guid Store => _options.Store;

    public bool IsUp => _node is not null;

    public RaftNode Node => _node ?? throw new InvalidOperationException($"Member {Id} is down.");

    public InMemoryRaftLog Log { get; private set; } = new();

    public HardState Durable { get; set; }

    public List<string> State { get; private set; } = [];

    public long AppliedIndex { get; private set; }

    public int WritesUnderWay => _writing.Count;

    /// <summary>Incarnation of the node object: what was promised to an earlier one may be
    /// forgotten.</summary>
    public long Restarts => _restarts;

    public IReadOnlyList<string> SnapshotState => _snapshotState;

    public void Start()
    {
        SnapshotMark? snapshot = Log.Snapshot;
        State = [.. _snapshotState];
        AppliedIndex = snapshot?.Index ?? 0;
        _restarts++;
        _node = new RaftNode(_options, Durable, snapshot?.Members ?? _first, AppliedIndex, Log, nextRandom);
    }

    /// <summary>The disk of a member that is down is gone; it comes back with an empty one.</summary>
    public void Wipe(Guid newStore)
    {
        Assert.False(IsUp);
        _options = _options with { Store = newStore };
        _first = GroupMembers.None;
        Log = new InMemoryRaftLog();
        Durable = default;
        _snapshotState = [];
        State = [];
        AppliedIndex = 0;
    }

    /// <summary>Power is lost; of the writes under way, some of the first may have reached the
    /// disk.</summary>
    public void Crash(int writesThatLast)
    {
        for (int i = 0; i < writesThatLast; i++)
            MakeDurable(_writing.Dequeue());
        _writing.Clear();
        _node = null;
    }

    public Ready TakeReady()
    {
        Ready ready = Node.TakeReady();
        foreach (RaftMessage message in ready.Messages)
            send(message);
        foreach (Entry entry in ready.Committed)
            Apply(entry);
        _writing.Enqueue(ready);
        return ready;
    }

    /// <summary>Finishes some writes with one report, as a store does that writes in batches.</summary>
    public IReadOnlyList<Ready> FinishWrites(int count)
    {
        List<Ready> done = [];
        for (int i = 0; i < count; i++)
        {
            done.Add(_writing.Dequeue());
            MakeDurable(done[^1]);
        }
        if (done.Count == 0)
            return done;
        Node.Stored(done[^1].Number);
        foreach (RaftMessage message in done.SelectMany(ready => ready.MessagesAfterStored))
            send(message);
        return done;
    }

    public void TakeSnapshot(long cutTo)
    {
        Assert.True(Log.TryGetTerm(AppliedIndex, out long term));
        Log.Compact(new SnapshotMark(AppliedIndex, term, Node.Members), cutTo);
        _snapshotState = [.. State];
    }

    /// <returns>False when it is not needed any more.</returns>
    public bool Install(SnapshotMark mark, IReadOnlyList<string> state)
    {
        // What was handed to the store before goes before.
        FinishWrites(_writing.Count);
        if (!Node.AcceptsSnapshot(mark))
            return false;
        Log.Install(mark);
        State = [.. state];
        _snapshotState = [.. state];
        AppliedIndex = mark.Index;
        Node.RestoredSnapshot(mark);
        return true;
    }

    /// <summary>Sends a message over the wire format.</summary>
    public void Receive(in RaftMessage message)
    {
        var bytes = new ArrayBufferWriter<byte>();
        RaftMessageCodec.Write(bytes, message);
        Assert.True(RaftMessageCodec.TryRead(bytes.WrittenMemory.ToArray(), out RaftMessage read));
        Node.Step(read);
    }

    private void Apply(in Entry entry)
    {
        Assert.Equal(AppliedIndex + 1, entry.Index);
        Assert.True(Log.TryGetTerm(entry.Index, out long durableTerm), "Applied before it was durable here.");
        Assert.Equal(entry.Term, durableTerm);
        AppliedIndex = entry.Index;
        State.Add($"{entry.Index}/{entry.Term}:{Content(entry)}");
    }

    private static string Content(in Entry entry) => entry.Kind == EntryKind.Configuration
        ? Trace.Text(entry)
        : Encoding.UTF8.GetString(entry.Payload.Span);

    private void MakeDurable(Ready ready)
    {
        Log.Write(ready.Entries);
        Durable = ready.HardState ?? Durable;
    }
}
