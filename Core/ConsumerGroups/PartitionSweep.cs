namespace Cmq.MultiProtocol.Core.ConsumerGroups;

/// <summary>
/// Finds the offsets and locks of partitions that were deleted, for the leader of a data group: apply does not look
/// into the directory. A part of it at a time, so that the group's thread goes on. Volatile.
/// </summary>
internal sealed class PartitionSweep(ConsumerGroupPart part)
{
    /// <summary>Offsets and locks looked at in one pass, a count; a group is looked at as a whole.</summary>
    private const int MaxLookedPerPass = 4_096;

    /// <summary>After a look it rests 1 ms for so many offsets and locks that it looked at, a count: topics may come
    /// and go all the time.</summary>
    private const int LookedPerRestMs = 100;

    private readonly List<(ConsumerGroupKey Group, long Partition)> _referred = [];
    private readonly Queue<ConsumerGroupKey> _left = [];
    private bool _isDue;
    private long _looked;
    private long _restUntilMs;

    /// <summary>Prunes that were applied before the one that is on its way; -1 = none is.</summary>
    private long _prunesBefore = -1;

    /// <summary>When <see cref="Advance"/> is due again; null = not before something happens.</summary>
    public long? NextDueMs => IsPruning ? null : _left.Count > 0 ? 0 : _isDue ? _restUntilMs : null;

    private bool IsPruning => _prunesBefore == part.Prunes;

    public void Start()
    {
        part.Referred = _referred;
        _isDue = true;
        _restUntilMs = 0;
        _prunesBefore = -1;
    }

    public void Stop()
    {
        part.Referred = null;
        _referred.Clear();
        _left.Clear();
        _looked = 0;
    }

    /// <summary>Partitions may have been deleted.</summary>
    public void LookAgain() => _isDue = true;

    /// <summary>Goes on looking.</summary>
    /// <param name="nowMs">Log time.</param>
    /// <param name="isGone">The directory knows that it was deleted.</param>
    /// <param name="prune">Proposes to forget at most <see cref="ConsumerGroupCommands.MaxPrunes"/> partitions, or
    /// says that it cannot now.</param>
    public void Advance(long nowMs, Func<QueueId, bool> isGone, Func<ConsumerGroupKey, QueueId[], bool> prune)
    {
        // Who commits may be behind the directory that was looked through.
        foreach ((ConsumerGroupKey group, long partition) in _referred)
        {
            if (isGone(new QueueId(partition)))
                _left.Enqueue(group);
        }

        _referred.Clear();
        if (IsPruning)
            return;
        if (_isDue && _left.Count == 0 && nowMs >= _restUntilMs)
        {
            foreach ((ConsumerGroupKey key, _) in part.Groups)
                _left.Enqueue(key);
            _isDue = false;
        }

        Look(nowMs, isGone, prune);
    }

    private void Look(long nowMs, Func<QueueId, bool> isGone, Func<ConsumerGroupKey, QueueId[], bool> prune)
    {
        long limit = _looked + MaxLookedPerPass;
        while (_looked < limit && _left.TryPeek(out ConsumerGroupKey key))
        {
            QueueId[] gone = part.Find(key) is { } group ? Gone(group, isGone) : [];
            if (gone.Length > 0)
            {
                // When it is applied the group is looked at again: there may be more.
                if (prune(key, gone))
                    _prunesBefore = part.Prunes;
                return;
            }

            _left.Dequeue();
            if (_left.Count > 0)
                continue;
            _restUntilMs = nowMs + _looked / LookedPerRestMs;
            _looked = 0;
        }
    }

    private QueueId[] Gone(ConsumerGroup group, Func<QueueId, bool> isGone)
    {
        _looked += group.Offsets.Count + group.Locks.Count;
        return
        [
            .. group.Offsets.Keys.Union(group.Locks.Keys)
                .Select(partition => new QueueId(partition))
                .Where(isGone)
                .Take(ConsumerGroupCommands.MaxPrunes),
        ];
    }
}
