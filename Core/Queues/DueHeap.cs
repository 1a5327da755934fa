namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>
/// Sequences by the time at which something is due. Entries are not taken out when that no longer holds:
/// whoever looks says which still counts, so the heap itself is not part of the state.
/// </summary>
internal sealed class DueHeap(Func<long, long> dueOf)
{
    private readonly PriorityQueue<long, (long DueMs, long Sequence)> _heap = new();

    public void Add(long dueMs, long sequence) => _heap.Enqueue(sequence, (dueMs, sequence));

    /// <summary>The earliest entry that counts.</summary>
    public bool TryPeek(out long dueMs, out long sequence)
    {
        while (_heap.TryPeek(out sequence, out (long DueMs, long Sequence) key))
        {
            dueMs = key.DueMs;
            if (dueOf(sequence) == dueMs)
                return true;
            _heap.Dequeue();
        }

        dueMs = 0;
        return false;
    }

    /// <summary>Drops what no longer counts once it is the larger part.</summary>
    /// <param name="live">How many entries count.</param>
    public void Trim(int live)
    {
        if (_heap.Count < 1024 || _heap.Count < live * 2)
            return;
        var kept = new List<(long, (long, long))>(live);
        foreach ((long sequence, (long DueMs, long Sequence) key) in _heap.UnorderedItems)
        {
            if (dueOf(sequence) == key.DueMs)
                kept.Add((sequence, key));
        }

        _heap.Clear();
        _heap.EnqueueRange(kept);
    }
}
