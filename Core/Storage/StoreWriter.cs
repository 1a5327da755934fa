using Cmq.MultiProtocol.Core.Consensus;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>
/// The writer thread: drains what is pending, encodes frames, one commit for all of it, then tells the
/// callers. A batch never crosses into another segment, so what is in a segment's first frames is always the
/// whole durable truth.
/// </summary>
internal sealed class StoreWriter
{
    /// <summary>A sealed segment of which less than this part is live is emptied.</summary>
    private const double UsualSparseShare = 0.25;

    /// <summary>The same while space is short.</summary>
    private const double EagerSparseShare = 0.5;

    /// <summary>What is live is known about only: at this many times the share emptying is given up.</summary>
    private const double MaxMovedFactor = 1.5;

    /// <summary>Segments that are emptied at a time.</summary>
    private const int MaxSparse = 8;

    private readonly WorkQueue _queue;
    private readonly FrameLog _log;
    private readonly StoreIndex _index;
    private readonly Func<bool> _isShort;
    private readonly Action<Exception> _failed;
    private readonly Thread _thread;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // What is enqueued and not yet durable.
    private readonly List<PlacedEntry> _entries = [];
    private readonly List<PlacedEntry> _staged = [];
    private readonly List<PlacedEntry> _rewritten = [];
    private readonly List<(GroupId Group, HardState State)> _hardStates = [];
    private readonly List<StoreWrite> _done = [];
    private readonly Dictionary<GroupId, long> _tails = [];
    private long _doneBytes;

    /// <param name="queue">What is to be done.</param>
    /// <param name="log">Where it is written.</param>
    /// <param name="index">What is durable.</param>
    /// <param name="isShort">Whether the disk is short of space.</param>
    /// <param name="failed">The store must stop.</param>
    public StoreWriter(
        WorkQueue queue, FrameLog log, StoreIndex index, Func<bool> isShort, Action<Exception> failed)
    {
        (_queue, _log, _index, _isShort, _failed) = (queue, log, index, isShort, failed);
        _log.BeforeSwitch = Commit;
        _thread = new Thread(Run) { Name = "store writer", IsBackground = true };
    }

    /// <summary>Completes when the thread has ended.</summary>
    public Task Stopped => _stopped.Task;

    public void Start() => _thread.Start();

    /// <summary>Does what is queued on the caller's thread, for a store that has none.</summary>
    public void Step()
    {
        try
        {
            Drain();
        }
#pragma warning disable CA1031 // As on the thread: any failure fails the store for good, and is handed on.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _failed(e);
        }
    }

    public bool IsCurrentThread => Thread.CurrentThread == _thread;

    private void Run()
    {
        try
        {
            while (_queue.WaitForItem())
                Drain();
        }
#pragma warning disable CA1031 // Any failure here fails the store for good; it is handed on, not swallowed.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _failed(e);
        }
        finally
        {
            _stopped.SetResult();
        }
    }

    private void Drain()
    {
        while (_queue.TryTake(out WorkItem? item))
        {
            switch (item)
            {
                case WorkItem.Write write:
                    Append(write);
                    break;
                case WorkItem.TakeSnapshot snapshot:
                    TakeSnapshot(snapshot);
                    break;
                case WorkItem.Stage stage:
                    Stage(stage);
                    break;
                case WorkItem.DropStaged drop:
                    DropStaged(drop);
                    break;
                case WorkItem.Install install:
                    Install(install);
                    break;
                case WorkItem.DropGroup drop:
                    Drop(drop);
                    break;
                case WorkItem.Rewrite rewrite:
                    Rewrite(rewrite);
                    break;
                case WorkItem.ReleaseDead:
                    ReleaseDead();
                    ChooseSparse();
                    break;
            }
        }

        Commit();
    }

    private void Append(WorkItem.Write item)
    {
        StoreWrite write = item.Request;
        if (write.HardState is { } hardState)
        {
            _log.AppendHardState(write.Group, hardState);
            _hardStates.Add((write.Group, hardState));
        }

        if (write.Entries.Count > 0)
            CheckContinues(write);
        for (int next = 0; next < write.Entries.Count;)
        {
            // May commit what came before, and so empty the tails, on its way into the next segment.
            next += _log.AppendEntries(write.Group, write.Entries, next, _entries);
            _tails[write.Group] = write.Entries[next - 1].Index;
            if (_log.BatchIsFull)
                Commit();
        }

        _done.Add(write);
        _doneBytes += item.Bytes;
    }

    private void CheckContinues(StoreWrite write)
    {
        long tail, snapshotIndex;
        lock (_index.Gate)
        {
            GroupLog group = _index.GroupOf(write.Group);
            snapshotIndex = group.SnapshotIndex;
            if (!_tails.TryGetValue(write.Group, out tail))
                tail = group.LastIndex;
        }

        long first = write.Entries[0].Index;
        Invariant.Check(first > snapshotIndex && first <= tail + 1,
            $"entries of group {write.Group} from {first} follow the snapshot {snapshotIndex} and the tail {tail}");
    }

    /// <summary>Makes durable what is enqueued, shows it to readers, and only then tells its
    /// callers.</summary>
    private void Commit()
    {
        _log.Commit();
        lock (_index.Gate)
        {
            Segment segment = _log.Current;
            foreach ((GroupId group, HardState state) in _hardStates)
                _index.SetHardState(group, state);
            foreach (PlacedEntry entry in _entries)
                _index.AddEntry(entry.Group, segment, entry.Index, entry.Term, entry.Location);
            foreach (PlacedEntry entry in _staged)
                _index.AddStaged(entry.Group, segment, entry.Index, entry.Term, entry.Location, entry.Sequence);
            foreach (PlacedEntry entry in _rewritten)
                _index.AddRewritten(entry.Group, segment, entry.Index, entry.Location, entry.Weight);
            _log.NoteDurable();
        }

        _hardStates.Clear();
        _entries.Clear();
        _staged.Clear();
        _rewritten.Clear();
        _tails.Clear();
        if (_done.Count == 0)
            return;

        // A watchdog that has given up meanwhile has told everybody that nothing more will be acknowledged.
        if (_queue.Failure is { } failure)
            throw new LogStoreException(failure.Message, failure);
        StoreWrite[] done = [.. _done];
        _done.Clear();
        long bytes = _doneBytes;
        _doneBytes = 0;
        foreach (StoreWrite write in done)
            write.Completed?.Invoke();
        _queue.FreeBytes(bytes);
    }

    private void TakeSnapshot(WorkItem.TakeSnapshot item)
    {
        Commit();
        bool replaces;
        lock (_index.Gate)
            replaces = _index.GroupOf(item.Group).IsReplacedBy(item.Mark.Index, item.Mark.Term);
        _log.AppendSnapshot(item.Group, item.Mark.Index, item.Mark.Term, replaces);
        Commit();
        lock (_index.Gate)
            _index.TakeSnapshot(item.Group, _log.Current, item.Mark.Index, item.Mark.Term, replaces);
        item.Done.Complete();
    }

    private void Stage(WorkItem.Stage item)
    {
        Commit();
        CheckAscends(item);
        for (int next = 0; next < item.Entries.Count;)
        {
            next += _log.AppendStaged(item.Group, item.Entries, next, _staged);
            if (_log.BatchIsFull)
                Commit();
        }

        Commit();
        _queue.FreeBytes(item.Bytes);
        item.Done.Complete();
    }

    private void CheckAscends(WorkItem.Stage item)
    {
        (long index, long term) = (0, 0);
        lock (_index.Gate)
        {
            if (_index.GroupOf(item.Group).Staged is [.., { } last])
                (index, term) = (last.Last, last.Term);
        }

        foreach (Entry entry in item.Entries)
        {
            Invariant.Check(entry.Index > index && entry.Term >= term,
                $"entry {entry.Index} of group {item.Group} is staged above {index}, under no earlier term");
            (index, term) = (entry.Index, entry.Term);
        }
    }

    private void DropStaged(WorkItem.DropStaged item)
    {
        bool any;
        lock (_index.Gate)
            any = _index.GroupOf(item.Group).Staged.Count > 0;
        if (any)
        {
            Commit();
            _log.AppendStagedDrop(item.Group);
            Commit();
            lock (_index.Gate)
                _index.DropStaged(item.Group, _log.Current);
            ReleaseDead();
        }

        item.Done.Complete();
    }

    private void Install(WorkItem.Install item)
    {
        Commit();
        lock (_index.Gate)
        {
            GroupLog group = _index.GroupOf(item.Group);
            Invariant.Check(item.Mark.Index > group.SnapshotIndex
                && (group.Staged.Count == 0 || group.Staged[^1].Last <= item.Mark.Index),
                "a snapshot is installed above the one before, and not below what is staged for it");
        }

        _log.AppendInstall(item.Group, item.Mark.Index, item.Mark.Term);
        Commit();
        lock (_index.Gate)
            _index.Install(item.Group, _log.Current, item.Mark.Index, item.Mark.Term);
        // Not with the group's next snapshot only: it may be overtaken again before it takes one.
        ReleaseDead();
        item.Done.Complete();
    }

    private void Drop(WorkItem.DropGroup item)
    {
        Commit();
        long sequence = _log.AppendDrop(item.Group);
        Commit();
        lock (_index.Gate)
            _index.DropGroup(item.Group, _log.Current, sequence);
        item.Done.Complete();
    }

    private void Rewrite(WorkItem.Rewrite item)
    {
        Commit();
        if (IsThere(item))
        {
            for (int next = 0; next < item.Entries.Count;)
            {
                next += _log.AppendRewritten(item.Group, item.Entries, next, item.Weight, _rewritten);
                if (_log.BatchIsFull)
                    Commit();
            }

            Commit();
            lock (_index.Gate)
            {
                _index.GroupOf(item.Group).Vacate(item.Run.Segment, item.UpTo);
                Segment segment = _index.Segments[item.Run.Segment];
                segment.MovedBytes += item.Bytes;
                if (segment.MovedBytes > SparseShare * MaxMovedFactor * segment.DataEnd)
                    _index.KeepRest(segment);
            }

            ReleaseDead();
            ChooseSparse();
        }

        _queue.FreeBytes(item.Bytes);
        item.Done.Complete();
    }

    /// <summary>A snapshot may have replaced the log since the run was found.</summary>
    private bool IsThere(WorkItem.Rewrite item)
    {
        lock (_index.Gate)
        {
            EntryRun? run = _index.GroupOf(item.Group).FindRun(item.Run.First);
            if (run is null || run.Segment != item.Run.Segment || run.First != item.Run.First || !run.MayMove)
                return false;
            Invariant.Check(item.UpTo <= run.Last, "what is rewritten lies in one run");
            long above = item.Run.First - 1;
            foreach (Entry entry in item.Entries)
            {
                Invariant.Check(entry.Index > above && entry.Index <= item.UpTo && entry.Term == run.Term,
                    $"entry {entry.Index} of group {item.Group} is rewritten in order, within its run");
                above = entry.Index;
            }

            return true;
        }
    }

    private double SparseShare => _isShort() ? EagerSparseShare : UsualSparseShare;

    private void ChooseSparse()
    {
        lock (_index.Gate)
            _index.ChooseSparse(SparseShare, MaxSparse);
    }

    private void ReleaseDead()
    {
        Commit();
        List<Segment> dead;
        lock (_index.Gate)
            dead = _index.DeadSegments();
        if (dead.Count == 0)
            return;

        // One by one: a switch in between must list what is not released yet.
        foreach (Segment segment in dead)
        {
            _log.AppendRelease(segment.Number);
            Commit();
            lock (_index.Gate)
                _index.Release(segment.Number);
            _log.Delete(segment);
        }
    }
}
