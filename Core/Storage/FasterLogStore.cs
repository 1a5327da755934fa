using System.Buffers;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>
/// The store on disk: one FasterLog over a chain of segment files (docs/decisions/0002). Thread-safe. After
/// the first failed write everything throws <see cref="LogStoreException"/>.
/// </summary>
public sealed class FasterLogStore : ILogStore
{
    private const string SegmentFolder = "segments";
    private const string BlocksFolder = "blocks";

    private readonly DirectoryLock _lock;
    private readonly StoreIdentity _identity;
    private readonly SnapshotFiles _snapshots;
    private readonly Dictionary<GroupId, StoredSnapshot> _stored;
    private readonly StoreIndex _index;
    private readonly SegmentReaderCache _readers;
    private readonly EntryReader _entries;
    private readonly SegmentKeeper _keeper;
    private readonly FrameLog _log;
    private readonly WorkQueue _queue;
    private readonly StoreWriter _writer;
    private readonly CommitWatchdog? _watchdog;
    private readonly StoreCheck? _check;
    private readonly string _root;
    private readonly BlockFolder _blockFolder;
    private readonly Dictionary<GroupId, GroupBlocks> _blocks = [];
    private readonly int _maxPayloadBytes;
    private readonly bool _driven;
    private readonly RewritePace _pace;
    private long _writtenBytes;
    private int _failureTold;
    private int _disposed;

    private FasterLogStore(LogStoreOptions options, ISegmentSink sink, IBlockSink blockSink,
        DirectoryLock directoryLock, StoreIdentity identity, SnapshotFiles snapshots, RecoveredStore recovered,
        bool driven)
    {
        _driven = driven;
        string root = _root = Path.GetFullPath(options.Directory);
        (_lock, _identity, _snapshots) = (directoryLock, identity, snapshots);
        _index = recovered.Index;
        _stored = recovered.Snapshots.ToDictionary(
            s => s.Key, s => new StoredSnapshot(s.Value, snapshots.BytesOf(s.Key, s.Value.Index)));
        _maxPayloadBytes = (1 << options.PageBits) - sizeof(int) - FrameHeader.Size - FrameEncoder.WeightBytes
            - EntryRecord.HeaderSize;
        _pace = new RewritePace(options.Time, options.RewriteBytesPerSecond);
        Recovered = _index.Groups.ToDictionary(
            g => g.Key,
            g => new RecoveredGroup(g.Value.HardState, _stored.GetValueOrDefault(g.Key)?.Mark,
                g.Value.FirstContiguous(), g.Value.LastIndex));

        _readers = new SegmentReaderCache(identity.StoreId, options.CachedSegments, options.CachedMapBytes);
        _entries = new EntryReader(_index, _readers);
        _queue = new WorkQueue(options.MaxPendingBytes);
        var device = new SegmentDevice(sink);
        _keeper = new SegmentKeeper(
            Path.Combine(root, SegmentFolder), identity.StoreId, identity.NextSegment, _index, _readers, device, FailFromAside,
            driven);
        _blockFolder = new BlockFolder(
            Path.Combine(root, BlocksFolder), identity.StoreId, blockSink, options.BlockFileBytes, FailFromAside);
        try
        {
            RecoverBlocks();
            _log = new FrameLog(options, identity, _index, device, _keeper, recovered.LastSequence);
            _writer = new StoreWriter(_queue, _log, _index, () => _pace.IsEager, Fail);
            _log.Begin();
        }
        catch (Exception)
        {
            _log?.Dispose();
            _keeper.Dispose();
            CloseCurrent();
            _blockFolder.Dispose();
            throw;
        }

        // Staged for a snapshot that did not come whole before the crash, or given up and not deleted yet.
        Enqueue(new WorkItem.ReleaseDead());
        if (driven)
            return;
        _watchdog = new CommitWatchdog(() => _log.BusySince, options.WatchdogMs, Fail);
        _writer.Start();
        if (options.CheckBytesPerSecond == 0)
            return;
        _check = new StoreCheck(identity.StoreId, options.CheckBytesPerSecond, _index, CheckSnapshots, FailFromAside);
        _check.Start();
    }

    public event Action<Exception>? Failed;

    public long WrittenBytes => Interlocked.Read(ref _writtenBytes);

    public Guid StoreId => _identity.StoreId;

    public long Incarnation => _identity.Incarnation;

    public IReadOnlyDictionary<GroupId, RecoveredGroup> Recovered { get; }

    public long DiskBytes
    {
        get
        {
            long blocks = _blockFolder.DiskBytes;
            lock (_index.Gate)
                return _index.Segments.Values.Sum(s => s.DiskBytes) + _stored.Values.Sum(s => s.Bytes) + blocks;
        }
    }

    /// <summary>Opens or creates the store in the options' directory; blocks until it can be
    /// written.</summary>
    /// <exception cref="StoreDamageException">It is damaged.</exception>
    /// <exception cref="LogStoreException">In use by another process, or of an unknown format.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is outside its range.</exception>
    public static FasterLogStore Open(LogStoreOptions options) => Open(options, new SynchronousSink());

    /// <param name="options">Where, and how large.</param>
    /// <param name="sink">The disk.</param>
    /// <param name="blockSink">The disk, for blocks.</param>
    /// <param name="snapshotSink">The disk, for snapshots.</param>
    /// <param name="driven">The store has no thread: what is appended is written by <see cref="Step"/>, and what waits
    /// for the disk does it itself. For simulation.</param>
    internal static FasterLogStore Open(
        LogStoreOptions options, ISegmentSink sink, IBlockSink? blockSink = null, ISnapshotSink? snapshotSink = null,
        bool driven = false)
    {
        options.Validate();
        string root = Path.GetFullPath(options.Directory);
        string segments = Path.Combine(root, SegmentFolder);
        string snapshots = Path.Combine(root, "snapshots");
        Directory.CreateDirectory(segments);
        Directory.CreateDirectory(snapshots);
        Directory.CreateDirectory(Path.Combine(root, BlocksFolder));
        DirectorySync.Flush(root);
        var directoryLock = DirectoryLock.Take(root);
        try
        {
            DamageNote.Refuse(root);
            StoreIdentity identity = NextIdentity(root, segments);
            var files = new SnapshotFiles(snapshots, identity.StoreId, snapshotSink);
            RecoveredStore recovered = new StoreRecovery(segments, identity.StoreId, files).Run();
            return new FasterLogStore(
                options, sink, blockSink ?? new FileBlockSink(), directoryLock, identity, files, recovered, driven);
        }
        catch (Exception)
        {
            directoryLock.Dispose();
            throw;
        }
    }

    /// <summary>Writes what is queued and tells the callers, where no thread does it.</summary>
    internal void Step()
    {
        Invariant.Check(_driven, "this store has a thread that writes");
        _writer.Step();
    }

    /// <summary>The process is gone for this store: what is queued is never written, and everything fails.</summary>
    internal void Abandon() => _queue.Fail(new LogStoreException("The process of this store has crashed."));

    public void Append(StoreWrite write)
    {
        long bytes = FrameHeader.Size;
        for (int i = 0; i < write.Entries.Count; i++)
        {
            Entry entry = write.Entries[i];
            Invariant.Check(entry.Index == write.Entries[0].Index + i && entry.Index > 0,
                "the entries of a write have consecutive indexes");
            CheckFits(entry);
            bytes += EntryRecord.SizeOf(entry);
        }

        Enqueue(new WorkItem.Write(write, bytes));
    }

    public IReadOnlyList<Entry> Read(GroupId group, long first, long last, int maxBytes)
    {
        try
        {
            return _entries.Read(group, first, last, maxBytes);
        }
        catch (StoreDamageException damage)
        {
            FailFromAside(damage);
            throw;
        }
    }

    public bool TryGetTerm(GroupId group, long index, out long term)
    {
        lock (_index.Gate)
        {
            term = 0;
            return _index.Groups.TryGetValue(group, out GroupLog? log) && log.TryGetTerm(index, out term);
        }
    }

    public void SaveSnapshot(
        GroupId group, SnapshotMark mark, ReadOnlySequence<byte> state, IBlockSet? blocks = null)
    {
        var named = (FileBlockSet?)blocks;
        SnapshotMark? old = FindSnapshot(group);
        Invariant.Check(mark.Index > 0 && (old is null || mark.Index >= old.Index), "snapshots do not go back");

        // What the file names must be there before the file is.
        named?.Flush(_blockFolder);
        _snapshots.Write(group, mark, BlockTable.Encode(named), state, _log.DurableSequence);
        Await(done => new WorkItem.TakeSnapshot(group, mark, done));
        Replace(group, old, mark);
        BlocksOf(group).Saved(named);
    }

    public IGroupBlocks Blocks(GroupId group) => BlocksOf(group);

    public void StageBlocks(GroupId group, IReadOnlyList<Block> blocks)
    {
        Interlocked.Add(ref _writtenBytes, blocks.Sum(block => (long)block.Bytes.Length));
        BlocksOf(group).Stage(blocks);
    }

    public void Stage(GroupId group, IReadOnlyList<Entry> entries)
    {
        long bytes = FrameHeader.Size;
        foreach (Entry entry in entries)
        {
            CheckFits(entry);
            bytes += EntryRecord.SizeOf(entry);
        }

        if (entries.Count > 0)
            Await(done => new WorkItem.Stage(group, entries, bytes, done));
    }

    public void DropStaged(GroupId group)
    {
        Await(done => new WorkItem.DropStaged(group, done));
        BlocksOf(group).DropStaged();
    }

    public long ResumeStaged(GroupId group)
    {
        BlocksOf(group).DropStaged();
        lock (_index.Gate)
            return _index.Groups.GetValueOrDefault(group)?.Staged is [.., { } last] ? last.Last : 0;
    }

    /// <inheritdoc/>
    /// <remarks>The file comes first, and says that it counts only with the frame that follows: that frame is the one
    /// step.</remarks>
    public void Install(GroupId group, SnapshotMark mark, ReadOnlySequence<byte> state)
    {
        SnapshotMark? old = FindSnapshot(group);
        Invariant.Check(mark.Index > (old?.Index ?? 0), "an installed snapshot is newer than the one before");

        GroupBlocks blocks = BlocksOf(group);
        using FileBlockSet staged = blocks.FlushStaged();
        _snapshots.Write(
            group, mark, BlockTable.Encode(staged), state, _log.DurableSequence, countsWhenInstalled: true);
        Await(done => new WorkItem.Install(group, mark, done));
        Replace(group, old, mark);
        blocks.Install();
        blocks.Saved(staged);
    }

    private void Replace(GroupId group, SnapshotMark? old, SnapshotMark mark)
    {
        long bytes = _snapshots.BytesOf(group, mark.Index);
        lock (_index.Gate)
            _stored[group] = new StoredSnapshot(mark, bytes);
        if (old is not null && old.Index != mark.Index)
            _snapshots.Delete(group, old.Index);
    }

    public bool TryReadSnapshot(GroupId group, out SnapshotMark? mark, out ReadOnlySequence<byte> state)
    {
        state = ReadOnlySequence<byte>.Empty;
        mark = null;
        while (FindSnapshot(group) is { } wanted)
        {
            try
            {
                (mark, state) = _snapshots.Read(group, wanted.Index);
                return true;
            }
            catch (LogStoreException) when (FindSnapshot(group)?.Index != wanted.Index)
            {
                // A newer one took its place between the look and the opening; that one is read instead.
                continue;
            }
            catch (StoreDamageException damage)
            {
                FailFromAside(damage);
                throw;
            }
        }

        return false;
    }

    public void Reclaim(GroupId group, IReadOnlyList<long> liveIndexes, long wholeFrom = long.MaxValue)
    {
        lock (_index.Gate)
        {
            if (_index.Groups.TryGetValue(group, out GroupLog? log))
                log.Mark(liveIndexes, wholeFrom);
        }

        Enqueue(new WorkItem.ReleaseDead());
    }

    public bool IsShort
    {
        get => _pace.IsEager;
        set
        {
            if (_pace.IsEager == value)
                return;
            _pace.IsEager = value;
            // What was live enough to stay may have to go now.
            if (value)
                Enqueue(new WorkItem.ReleaseDead());
        }
    }

    public SparseRun? FindSparse(GroupId group)
    {
        if (!_pace.MayGoOn)
            return null;
        lock (_index.Gate)
        {
            if (!_index.Groups.TryGetValue(group, out GroupLog? log))
                return null;
            EntryRun? run = log.Runs.Find(
                r => r is { MayMove: true, Dead: false } && _index.Segments[r.Segment] is { IsSparse: true, Released: false });
            return run is null ? null : new SparseRun(run.Segment, run.First, run.Last);
        }
    }

    public void Rewrite(GroupId group, SparseRun run, long upTo, IReadOnlyList<Entry> entries, long weight)
    {
        long bytes = FrameHeader.Size;
        foreach (Entry entry in entries)
            bytes += EntryRecord.SizeOf(entry);
        int each = (int)Math.Clamp(weight / Math.Max(1, entries.Count), 1, IndexSet.FullWeight);
        Await(done => new WorkItem.Rewrite(group, run, upTo, entries, each, bytes, done));
        _pace.Moved(bytes);
    }

    public long FirstWithin(GroupId group, long bytes)
    {
        lock (_index.Gate)
        {
            if (!_index.Groups.TryGetValue(group, out GroupLog? log))
                return 1;
            // Not the writer's: it takes the next segment first, and says so here a moment later.
            Segment last = _index.Segments.Values.Last();
            return log.FirstFrom(last.StartAt + last.DataEnd - bytes, _index.Segments);
        }
    }

    /// <inheritdoc/>
    /// <remarks>Term and vote stay: a member that forgot its vote could vote twice. Taking over a snapshot
    /// does not need this call: <see cref="SaveSnapshot"/> replaces the log by itself if it has not the
    /// snapshot's last entry, and a crash in between then loses nothing that was acknowledged.</remarks>
    public void DropGroup(GroupId group)
    {
        Await(done => new WorkItem.DropGroup(group, done));

        StoredSnapshot? stored;
        lock (_index.Gate)
            _stored.Remove(group, out stored);
        if (stored is not null)
            _snapshots.Delete(group, stored.Mark.Index);
        BlocksOf(group).Clear();
    }

    /// <summary>Writes what is queued, then closes.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        _queue.Close();
        if (_driven)
        {
            Step();
            // FASTER's own end waits for what its commits left to the thread pool, which may be this thread.
            await Task.Yield();
        }
        else
        {
            await _writer.Stopped.ConfigureAwait(false);
        }

        _watchdog?.Dispose();
        _check?.Dispose();
        _keeper.Dispose();
        _log.Dispose();
        _readers.Clear();
        CloseCurrent();
        _blockFolder.Dispose();
        _lock.Dispose();
    }

    private static StoreIdentity NextIdentity(string root, string segments)
    {
        long unused = StoreRecovery.HighestNumber(segments) + 1;
        StoreIdentity? known = StoreIdentity.Read(root);
        if (known is null && unused > 1)
            throw new StoreDamageException($"{root} has segments, but its identity file is gone.");

        StoreIdentity identity = known is null
            ? new StoreIdentity(Guid.NewGuid(), 1, unused)
            : known with { Incarnation = known.Incarnation + 1, NextSegment = Math.Max(unused, known.NextSegment) };
        identity.Write(root);
        return identity;
    }

    private void CheckFits(in Entry entry)
    {
        if (entry.Payload.Length > _maxPayloadBytes)
        {
            throw new LogStoreException(
                $"An entry of {entry.Payload.Length} bytes exceeds the largest, {_maxPayloadBytes}.");
        }
    }

    /// <summary>Blocks that a snapshot names must be there; every other file is what a crash left.</summary>
    private void RecoverBlocks()
    {
        foreach ((GroupId group, StoredSnapshot snapshot) in _stored)
        {
            byte[] table = _snapshots.ReadTable(group, snapshot.Mark.Index);
            _blocks.Add(group, new GroupBlocks(_blockFolder, group, table));
        }

        _blockFolder.DeleteLeftovers();
    }

    private GroupBlocks BlocksOf(GroupId group)
    {
        lock (_blocks)
        {
            if (!_blocks.TryGetValue(group, out GroupBlocks? blocks))
                _blocks.Add(group, blocks = new GroupBlocks(_blockFolder, group, []));
            return blocks;
        }
    }

    private SnapshotMark? FindSnapshot(GroupId group)
    {
        lock (_index.Gate)
            return _stored.GetValueOrDefault(group)?.Mark;
    }

    private void Enqueue(WorkItem item)
    {
        Invariant.Check(!_writer.IsCurrentThread, "a completion only hands the news on");
        Interlocked.Add(ref _writtenBytes, item.Bytes);
        _queue.Enqueue(item);
    }

    /// <summary>Queues an item and waits until it is done.</summary>
    private void Await(Func<Ticket, WorkItem> makeItem)
    {
        var ticket = new Ticket();
        Enqueue(makeItem(ticket));
        if (_driven)
            Step();
        if (!ticket.Wait(_queue.Failed))
            throw new LogStoreException(_queue.Failure!.Message, _queue.Failure!);
    }

    private void Fail(Exception failure)
    {
        FailFromAside(failure);
        if (Interlocked.Exchange(ref _failureTold, 1) == 0)
            Failed?.Invoke(_queue.Failure!);
    }

    /// <summary>Not on the writer thread, which wakes up, finds the failure and tells of it. Damage is noted for the next
    /// start.</summary>
    private void FailFromAside(Exception failure)
    {
        if (failure is StoreDamageException damage)
            failure = DamageNote.Write(_root, damage);
        _queue.Fail(failure as LogStoreException ?? new LogStoreException("The store has failed.", failure));
    }

    /// <summary>Checks everything that is sealed or in place, within the call; damage fails the store.</summary>
    /// <exception cref="StoreDamageException">What is damaged.</exception>
    internal void CheckNow()
    {
        using var check = new StoreCheck(_identity.StoreId, long.MaxValue, _index, CheckSnapshots, FailFromAside);
        try
        {
            check.CheckAll();
        }
        catch (StoreDamageException damage)
        {
            FailFromAside(damage);
            throw;
        }
    }

    /// <summary>Those that are in place; one that is replaced meanwhile is of no more interest.</summary>
    private void CheckSnapshots(Action<int> read)
    {
        GroupId[] groups;
        lock (_index.Gate)
            groups = [.. _stored.Keys];
        foreach (GroupId group in groups)
        {
            if (FindSnapshot(group) is not { } mark)
                continue;
            try
            {
                byte[] table = _snapshots.Check(group, mark.Index, read);
                _blockFolder.Check(group, table, read);
            }
            catch (Exception error) when (
                error is StoreDamageException or IOException && FindSnapshot(group)?.Index != mark.Index)
            {
                continue;
            }
        }
    }

    private void CloseCurrent()
    {
        List<Segment> open;
        lock (_index.Gate)
            open = [.. _index.Segments.Values.Where(s => s.Writer is not null)];
        foreach (Segment segment in open)
        {
            segment.Writer!.Dispose();
            segment.Reader!.Release();
        }
    }
}
