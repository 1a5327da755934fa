using Cmq.MultiProtocol.Core;

namespace Cmq.MultiProtocol.Adapters.Amqp.State;

/// <summary>A channel's unacknowledged deliveries by delivery tag. Tags only rise, so the entries are a
/// sorted list with holes; the holes are closed when they are the larger part, which keeps every call short
/// on average.</summary>
internal sealed class UnackedMessages
{
    private const int CompactFrom = 64;

    private readonly List<Entry> _entries = [];

    /// <summary>Entries in front of this one are settled.</summary>
    private int _first;

    public int Count { get; private set; }

    /// <param name="tag">Higher than every tag before.</param>
    /// <param name="queue">With <paramref name="sequence"/> what to settle.</param>
    /// <param name="sequence">The message's number in the queue.</param>
    /// <param name="consumer">Null for a get.</param>
    public void Add(ulong tag, QueueId queue, long sequence, AmqpConsumer? consumer)
    {
        _entries.Add(new Entry(tag, queue, sequence, consumer, Held: true));
        Count++;
    }

    public bool TryTake(ulong tag, out Entry entry)
    {
        int index = IndexOf(tag);
        if (index == _entries.Count || _entries[index].Tag != tag || !_entries[index].Held)
        {
            entry = default;
            return false;
        }
        entry = TakeAt(index);
        Compact();
        return true;
    }

    /// <summary>Takes all up to and including the tag, in order.</summary>
    /// <returns>False, and takes nothing, when the tag itself is not held.</returns>
    public bool TryTakeUpTo(ulong tag, List<Entry> taken)
    {
        int last = IndexOf(tag);
        if (last == _entries.Count || _entries[last].Tag != tag || !_entries[last].Held)
            return false;
        TakeRange(last, taken);
        return true;
    }

    public void TakeAll(List<Entry> taken) => TakeRange(_entries.Count - 1, taken);

    private void TakeRange(int last, List<Entry> taken)
    {
        for (int i = _first; i <= last; i++)
        {
            if (_entries[i].Held)
                taken.Add(TakeAt(i));
        }
        Compact();
    }

    private Entry TakeAt(int index)
    {
        Entry entry = _entries[index];
        _entries[index] = entry with { Held = false, Consumer = null };
        Count--;
        return entry;
    }

    private void Compact()
    {
        while (_first < _entries.Count && !_entries[_first].Held)
            _first++;
        if (Count == 0)
        {
            _entries.Clear();
            _first = 0;
        }
        else if (_entries.Count >= CompactFrom && Count < _entries.Count / 2)
        {
            _entries.RemoveAll(entry => !entry.Held);
            _first = 0;
        }
    }

    private int IndexOf(ulong tag)
    {
        int low = _first;
        int high = _entries.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_entries[middle].Tag < tag)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    public readonly record struct Entry(ulong Tag, QueueId Queue, long Sequence, AmqpConsumer? Consumer, bool Held);
}
