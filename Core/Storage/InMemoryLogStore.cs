using System.Buffers;
using System.Runtime.InteropServices;
using Cmq.MultiProtocol.Core.Consensus;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>
/// The twin of <see cref="FasterLogStore"/> in memory, for local groups and for simulation, where it loses,
/// tears and fails writes when told to. Has no thread: completions run inside the call that makes a write
/// durable. Thread-safe; deterministic when used from one thread.
/// </summary>
public sealed class InMemoryLogStore : ILogStore
{
    private readonly Lock _gate = new();
    private readonly InMemoryDisk _disk;
    private readonly Queue<StoreWrite> _pending = new();
    private readonly Dictionary<GroupId, InMemoryBlocks> _blocks = [];
    private readonly Dictionary<GroupId, SparseRun> _sparse = [];
    private LogStoreException? _failure;
    private Exception? _nextFailure;

    /// <summary>Opens what the disk holds; a store that was still open on it has crashed by this.</summary>
    /// <param name="automatic">Whether every write is durable at once.</param>
    /// <exception cref="LogStoreException">Damage, as in the other store.</exception>
    public InMemoryLogStore(InMemoryDisk disk, bool automatic = true)
    {
        disk.OpenedBy?.Crash();
        disk.OpenedBy = this;
        _disk = disk;
        Automatic = automatic;
        Incarnation = ++disk.Incarnation;
        foreach (InMemoryDisk.Group group in disk.Groups.Values)
        {
            group.Staged.Clear();
            group.StagedBlocks.Clear();
        }

        Recovered = disk.Groups.ToDictionary(g => g.Key, g => Recover(g.Key, g.Value));
    }

    public event Action<Exception>? Failed;

    /// <summary>Whether every write is durable at once; else <see cref="CompletePending"/> makes it
    /// so.</summary>
    public bool Automatic { get; }

    public Guid StoreId => _disk.StoreId;

    public long Incarnation { get; }

    public IReadOnlyDictionary<GroupId, RecoveredGroup> Recovered { get; }

    /// <summary>Writes appended and not yet durable.</summary>
    public int PendingWrites
    {
        get
        {
            lock (_gate)
                return _pending.Count;
        }
    }

    /// <summary>Payload, snapshot and block bytes held.</summary>
    public long DiskBytes
    {
        get
        {
            lock (_gate)
            {
                return _disk.Groups.Values.Sum(
                    g => g.State.LongLength + g.Blocks.Values.Sum(b => b.LongLength) + g.Entries.Values.Concat(g.Staged.Values).Sum(e => (long)e.Payload.Length));
            }
        }
    }

    public void Append(StoreWrite write)
    {
        lock (_gate)
        {
            ThrowIfFailed();
            _pending.Enqueue(write);
            WrittenBytes += write.Entries.Sum(entry => (long)entry.Payload.Length);
        }

        if (Automatic)
            CompletePending();
    }

    /// <summary>Makes the oldest writes durable and calls their completions, in order.</summary>
    /// <param name="writes">How many at most.</param>
    public void CompletePending(int writes = int.MaxValue)
    {
        for (; writes > 0; writes--)
        {
            StoreWrite? write;
            Exception? failure;
            lock (_gate)
            {
                if (_failure is not null || !_pending.TryPeek(out write))
                    return;
                failure = _nextFailure;
                if (failure is null)
                {
                    _pending.Dequeue();
                    Apply(write, write.Entries.Count);
                }
                else
                {
                    _failure = new LogStoreException("Writing the store failed.", failure);
                    _pending.Clear();
                }
            }

            if (failure is not null)
            {
                Failed?.Invoke(_failure!);
                return;
            }

            write.Completed?.Invoke();
        }
    }

    /// <summary>The next write that is to become durable fails, and with it the store.</summary>
    public void FailNextWrite(Exception failure)
    {
        lock (_gate)
            _nextFailure = failure;
    }

    /// <summary>The process dies: nothing pending is ever acknowledged, and this instance is of no more
    /// use.</summary>
    /// <param name="survivingWrites">Pending writes that had reached the disk all the same.</param>
    /// <param name="tornEntries">Entries of the write after them that had, too.</param>
    public void Crash(int survivingWrites = 0, int tornEntries = 0)
    {
        lock (_gate)
        {
            if (_failure is not null)
                return;
            for (; survivingWrites > 0 && _pending.TryDequeue(out StoreWrite? write); survivingWrites--)
                Apply(write, write.Entries.Count);
            if (tornEntries > 0 && _pending.TryDequeue(out StoreWrite? torn))
                Apply(torn, Math.Min(tornEntries, torn.Entries.Count));
            _pending.Clear();
            _failure = new LogStoreException("The store has crashed.");
        }
    }

    public IReadOnlyList<Entry> Read(GroupId group, long first, long last, int maxBytes)
    {
        lock (_gate)
        {
            List<Entry> entries = [];
            long bytes = 0;
            for (long index = first; index <= last; index++)
            {
                Entry entry = default;
                if (_disk.Groups.GetValueOrDefault(group)?.Entries.TryGetValue(index, out entry) != true)
                    throw new LogStoreException($"Entry {index} of group {group} is not stored.");
                bytes += entry.Payload.Length;
                if (entries.Count > 0 && bytes > maxBytes)
                    break;
                entries.Add(entry);
            }

            return entries;
        }
    }

    public bool TryGetTerm(GroupId group, long index, out long term)
    {
        lock (_gate)
        {
            term = 0;
            if (!_disk.Groups.TryGetValue(group, out InMemoryDisk.Group? stored))
                return false;
            if (stored.Entries.TryGetValue(index, out Entry entry))
                term = entry.Term;
            else if (stored.Snapshot?.Index == index)
                term = stored.Snapshot.Term;
            else
                return false;
            return true;
        }
    }

    /// <summary>As in the other store it comes after what is pending, which is made durable first.</summary>
    public void SaveSnapshot(
        GroupId group, SnapshotMark mark, ReadOnlySequence<byte> state, IBlockSet? blocks = null)
    {
        CompletePending();
        lock (_gate)
        {
            ThrowIfFailed();
            InMemoryDisk.Group stored = GroupOf(group);
            Invariant.Check(mark.Index > 0 && (stored.Snapshot is null || mark.Index >= stored.Snapshot.Index),
                "snapshots do not go back");
            bool same = stored.Snapshot?.Index == mark.Index && stored.Snapshot.Term == mark.Term;
            bool has = stored.Entries.TryGetValue(mark.Index, out Entry entry) && entry.Term == mark.Term;
            if (!same && !has)
            {
                stored.Clear();
                _sparse.Remove(group);
            }

            (stored.Snapshot, stored.State) = (mark, state.ToArray());
            stored.Blocks = ((InMemoryBlockSet?)blocks)?.ToDictionary() ?? [];
        }
    }

    public IGroupBlocks Blocks(GroupId group) => BlocksOf(group);

    public void StageBlocks(GroupId group, IReadOnlyList<Block> blocks) => Change(group, stored =>
    {
        foreach (Block block in blocks)
            stored.StagedBlocks.Add(block.Name, block.Bytes.ToArray());
    });

    public bool TryReadSnapshot(GroupId group, out SnapshotMark? mark, out ReadOnlySequence<byte> state)
    {
        lock (_gate)
        {
            InMemoryDisk.Group? stored = _disk.Groups.GetValueOrDefault(group);
            mark = stored?.Snapshot;
            state = mark is null ? default : new ReadOnlySequence<byte>(stored!.State);
            return mark is not null;
        }
    }

    /// <summary>Forgets each dead entry by itself, where the other store deletes whole segments only: whoever
    /// reads what it gave up is found out here.</summary>
    public void Reclaim(GroupId group, IReadOnlyList<long> liveIndexes, long wholeFrom = long.MaxValue)
    {
        lock (_gate)
        {
            ThrowIfFailed();
            if (!_disk.Groups.TryGetValue(group, out InMemoryDisk.Group? stored) || stored.Snapshot is null)
                return;
            var live = liveIndexes.ToHashSet();
            long end = Math.Min(stored.Snapshot.Index, wholeFrom - 1);
            List<long> dead = [.. stored.Entries.Keys.TakeWhile(i => i <= end).Where(i => !live.Contains(i))];
            foreach (long index in dead)
                stored.Entries.Remove(index);
            if (end > stored.RewrittenUpTo)
                _sparse[group] = new SparseRun(0, stored.RewrittenUpTo + 1, end);
        }
    }

    /// <inheritdoc/>
    /// <remarks>Payload of what was appended.</remarks>
    public long WrittenBytes { get; private set; }

    public bool IsShort { get; set; }

    /// <summary>Once for each entry, some time after it came under a snapshot: as if every segment were sparse, so that
    /// nobody gets away with what rewriting takes.</summary>
    public SparseRun? FindSparse(GroupId group)
    {
        lock (_gate)
            return _sparse.TryGetValue(group, out SparseRun run) ? run : null;
    }

    public void Rewrite(GroupId group, SparseRun run, long upTo, IReadOnlyList<Entry> entries, long weight) =>
        Change(group, stored =>
        {
            if (!_sparse.TryGetValue(group, out SparseRun known) || known.First != run.First)
                return;
            foreach (long index in stored.Entries.Keys.Where(i => i >= run.First && i <= upTo).ToList())
                stored.Entries.Remove(index);
            foreach (Entry entry in entries)
                stored.Entries.Add(entry.Index, entry);
            stored.RewrittenUpTo = upTo;
            if (upTo < known.Last)
                _sparse[group] = known with { First = upTo + 1 };
            else
                _sparse.Remove(group);
        });

    /// <inheritdoc/>
    /// <remarks>There are no segments that an old entry could keep.</remarks>
    public long FirstWithin(GroupId group, long bytes) => 1;

    public void Stage(GroupId group, IReadOnlyList<Entry> entries) => Change(group, stored =>
    {
        long last = stored.Staged.Count == 0 ? 0 : stored.Staged.Keys.Last();
        foreach (Entry entry in entries)
        {
            Invariant.Check(entry.Index > last, $"entry {entry.Index} of group {group} is staged above {last}");
            stored.Staged.Add(entry.Index, entry);
            last = entry.Index;
        }
    });

    public void DropStaged(GroupId group) => Change(group, stored =>
    {
        stored.Staged.Clear();
        stored.StagedBlocks = [];
    });

    public long ResumeStaged(GroupId group)
    {
        long last = 0;
        Change(group, stored =>
        {
            stored.StagedBlocks = [];
            last = stored.Staged.Count == 0 ? 0 : stored.Staged.Keys.Last();
        });
        return last;
    }

    public void Install(GroupId group, SnapshotMark mark, ReadOnlySequence<byte> state) => Change(group, stored =>
    {
        Invariant.Check(mark.Index > (stored.Snapshot?.Index ?? 0),
            "an installed snapshot is newer than the one before");
        stored.Clear();
        _sparse.Remove(group);
        foreach ((long index, Entry entry) in stored.Staged)
            stored.Entries.Add(index, entry);
        stored.Staged.Clear();
        (stored.Snapshot, stored.State, stored.Installed) = (mark, state.ToArray(), mark.Index);
        (stored.Blocks, stored.StagedBlocks) = (stored.StagedBlocks, []);
        BlocksOf(group).Replace(stored.Blocks);
    });

    /// <summary>A change of its own, after what is pending; all of it or, when it is to fail, nothing.</summary>
    private void Change(GroupId group, Action<InMemoryDisk.Group> change)
    {
        CompletePending();
        lock (_gate)
        {
            ThrowIfFailed();
            if (_nextFailure is null)
            {
                change(GroupOf(group));
                return;
            }

            _failure = new LogStoreException("Writing the store failed.", _nextFailure);
        }

        Failed?.Invoke(_failure);
        throw _failure;
    }

    public void DropGroup(GroupId group)
    {
        CompletePending();
        lock (_gate)
        {
            ThrowIfFailed();
            InMemoryDisk.Group stored = GroupOf(group);
            stored.Clear();
            _sparse.Remove(group);
            stored.Staged.Clear();
            (stored.Snapshot, stored.State) = (null, []);
            (stored.Blocks, stored.StagedBlocks) = ([], []);
            BlocksOf(group).Replace(stored.Blocks);
        }
    }

    /// <summary>Makes durable what is pending, unless it crashed or failed before.</summary>
    public ValueTask DisposeAsync()
    {
        CompletePending();
        Crash();
        return ValueTask.CompletedTask;
    }

    private static RecoveredGroup Recover(GroupId id, InMemoryDisk.Group group)
    {
        long snapshot = group.Snapshot?.Index ?? 0;
        long last = Math.Max(snapshot, group.LastEntry);
        long first = last + 1;
        while (first - 1 > Math.Max(group.Installed, group.RewrittenUpTo) && group.Entries.ContainsKey(first - 1))
            first--;
        if (last > snapshot && first > snapshot + 1)
            throw new LogStoreException($"Entries of group {id} between {snapshot} and {first} are missing.");
        return new RecoveredGroup(group.HardState, group.Snapshot, first, last);
    }

    private InMemoryBlocks BlocksOf(GroupId group)
    {
        lock (_gate)
        {
            if (!_blocks.TryGetValue(group, out InMemoryBlocks? blocks))
                _blocks.Add(group, blocks = new InMemoryBlocks(GroupOf(group).Blocks));
            return blocks;
        }
    }

    private InMemoryDisk.Group GroupOf(GroupId group)
    {
        ref InMemoryDisk.Group? slot = ref CollectionsMarshal.GetValueRefOrAddDefault(_disk.Groups, group, out _);
        return slot ??= new InMemoryDisk.Group();
    }

    private void Apply(StoreWrite write, int entries)
    {
        InMemoryDisk.Group group = GroupOf(write.Group);
        if (write.HardState is { } hardState)
            group.HardState = hardState;
        if (entries == 0)
            return;

        long first = write.Entries[0].Index;
        long snapshot = group.Snapshot?.Index ?? 0;
        long last = Math.Max(snapshot, group.LastEntry);
        Invariant.Check(first > snapshot && first <= last + 1,
            $"entries of group {write.Group} from {first} follow the snapshot {snapshot} and the tail {last}");
        for (long index = last; index >= first; index--)
            group.Entries.Remove(index);
        for (int i = 0; i < entries; i++)
        {
            Invariant.Check(write.Entries[i].Index == first + i, "the entries of a write have consecutive indexes");
            group.Entries.Add(first + i, write.Entries[i]);
        }

        group.LastEntry = first + entries - 1;
    }

    private void ThrowIfFailed()
    {
        if (_failure is not null)
            throw new LogStoreException(_failure.Message, _failure);
    }
}
