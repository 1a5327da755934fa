using System.Buffers;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Storage;
using Cmq.MultiProtocol.Simulation.Checks;

namespace Cmq.MultiProtocol.Simulation.Disk;

/// <summary>
/// The real store without its threads: what is appended becomes durable when the disk gets round to it, an event of the
/// world. Tells the checker what was written and what is durable.
/// </summary>
internal sealed class SimulatedStore : ILogStore
{
    private readonly FasterLogStore _store;
    private readonly SimulatedDisk _disk;
    private readonly NodeId _node;
    private readonly RaftChecker _checker;
    private readonly Action<Action> _whenDiskIsReady;
    private readonly Func<GroupId, long?> _leads;
    private bool _isStepDue;

    /// <param name="disk">Where it lies.</param>
    /// <param name="node">Whose it is.</param>
    /// <param name="checker">Hears of it.</param>
    /// <param name="whenDiskIsReady">Puts a commit down for when the disk can take it.</param>
    /// <param name="leads">The term in which the node leads a group now; null = it does not.</param>
    /// <param name="time">The node's clock.</param>
    /// <exception cref="LogStoreException">The disk is damaged.</exception>
    public SimulatedStore(
        SimulatedDisk disk,
        NodeId node,
        RaftChecker checker,
        Action<Action> whenDiskIsReady,
        Func<GroupId, long?> leads,
        TimeProvider time)
    {
        var options = new LogStoreOptions
        {
            Directory = disk.Directory,
            PageBits = 19,
            MemoryBits = 21,
            SegmentBits = 21,
            BlockFileBytes = 256 * 1024,
            CachedSegments = 4,
            Time = time,
        };
        _store = FasterLogStore.Open(options, disk, disk, disk, driven: true);
        (_disk, _node, _checker, _whenDiskIsReady, _leads) = (disk, node, checker, whenDiskIsReady, leads);
        checker.Opened(node, _store);
    }

    public event Action<Exception>? Failed
    {
        add => _store.Failed += value;
        remove => _store.Failed -= value;
    }

    public Guid StoreId => _store.StoreId;

    public long Incarnation => _store.Incarnation;

    public IReadOnlyDictionary<GroupId, RecoveredGroup> Recovered => _store.Recovered;

    public long WrittenBytes => _store.WrittenBytes;

    public long DiskBytes => _store.DiskBytes;

    /// <summary>Something was appended that is not durable.</summary>
    public bool HasPending => _isStepDue;

    public void Append(StoreWrite write)
    {
        _checker.Written(_node, write, _leads(write.Group));
        _store.Append(write with { Completed = () => Completed(write) });
        if (_isStepDue)
            return;
        _isStepDue = true;
        _whenDiskIsReady(Step);
    }

    /// <summary>Commits what is queued.</summary>
    public void Step()
    {
        _isStepDue = false;
        _store.Step();
    }

    /// <summary>Reads everything that is sealed or in place, as a thread does it every day.</summary>
    public void Check()
    {
        try
        {
            _store.CheckNow();
        }
        catch (StoreDamageException)
        {
            // It has failed; the writer is woken by that, and says so.
            _store.Step();
        }
    }

    /// <summary>The process is no more.</summary>
    public ValueTask CrashAsync()
    {
        _store.Abandon();
        return _store.DisposeAsync();
    }

    public IReadOnlyList<Entry> Read(GroupId group, long first, long last, int maxBytes) =>
        _store.Read(group, first, last, maxBytes);

    public bool TryGetTerm(GroupId group, long index, out long term) => _store.TryGetTerm(group, index, out term);

    public void SaveSnapshot(
        GroupId group, SnapshotMark mark, ReadOnlySequence<byte> state, IBlockSet? blocks = null) =>
        Call(() => _store.SaveSnapshot(group, mark, state, blocks));

    public IGroupBlocks Blocks(GroupId group) => _store.Blocks(group);

    public bool TryReadSnapshot(GroupId group, out SnapshotMark? mark, out ReadOnlySequence<byte> state) =>
        _store.TryReadSnapshot(group, out mark, out state);

    public bool IsShort
    {
        get => _store.IsShort;
        set => _store.IsShort = value;
    }

    public SparseRun? FindSparse(GroupId group) => _store.FindSparse(group);

    public void Rewrite(GroupId group, SparseRun run, long upTo, IReadOnlyList<Entry> entries, long weight) =>
        _store.Rewrite(group, run, upTo, entries, weight);

    public long FirstWithin(GroupId group, long bytes) => _store.FirstWithin(group, bytes);

    public void Reclaim(GroupId group, IReadOnlyList<long> liveIndexes, long wholeFrom = long.MaxValue)
    {
        _store.Reclaim(group, liveIndexes, wholeFrom);
        if (_isStepDue)
            return;
        _isStepDue = true;
        _whenDiskIsReady(Step);
    }

    public void DropGroup(GroupId group) => Call(() => _store.DropGroup(group));

    public void Stage(GroupId group, IReadOnlyList<Entry> entries) =>
        Call(() => _store.Stage(group, entries));

    public void StageBlocks(GroupId group, IReadOnlyList<Block> blocks) =>
        Call(() => _store.StageBlocks(group, blocks));

    public void DropStaged(GroupId group) => Call(() => _store.DropStaged(group));

    public long ResumeStaged(GroupId group) => _store.ResumeStaged(group);

    public void Install(GroupId group, SnapshotMark mark, ReadOnlySequence<byte> state)
    {
        Call(() => _store.Install(group, mark, state));
        _checker.Installed(_node, group, mark);
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    /// <summary>A call that blocks: the process may die before it, in it, and behind it.</summary>
    private void Call(Action call)
    {
        _disk.Pass();
        call();
        _disk.Pass();
    }

    private void Completed(StoreWrite write)
    {
        _checker.Durable(_node, write);
        write.Completed?.Invoke();
    }
}
