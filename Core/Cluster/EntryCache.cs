using Cmq.MultiProtocol.Core.Consensus;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>The newest durable entries of a group in memory, consecutive, bounded by bytes. Group thread only.</summary>
internal sealed class EntryCache(long maxBytes)
{
    private Entry[] _ring = new Entry[256];
    private long _bytes;

    /// <summary>First index held; <see cref="Last"/> + 1 when empty.</summary>
    public long First { get; private set; } = 1;

    public long Last { get; private set; }

    public void Clear(long last)
    {
        Array.Clear(_ring);
        _bytes = 0;
        First = last + 1;
        Last = last;
    }

    /// <summary>Adds an entry; one at or below <see cref="Last"/> supersedes everything from its index on.</summary>
    public void Add(in Entry entry)
    {
        if (entry.Index > Last + 1 || entry.Index < First)
            Clear(entry.Index - 1);
        for (; Last >= entry.Index; Last--)
            Forget(Last);
        if (Last - First + 2 > _ring.Length)
            Grow();
        _ring[Slot(entry.Index)] = entry;
        Last = entry.Index;
        _bytes += entry.Payload.Length;
        // The newest entry stays whatever its size: it is about to be read.
        while (_bytes > maxBytes && First < Last)
            Forget(First++);
    }

    public bool TryGet(long index, out Entry entry)
    {
        if (index < First || index > Last)
        {
            entry = default;
            return false;
        }

        entry = _ring[Slot(index)];
        return true;
    }

    private int Slot(long index) => (int)(index & (_ring.Length - 1));

    private void Forget(long index)
    {
        _bytes -= _ring[Slot(index)].Payload.Length;
        _ring[Slot(index)] = default;
    }

    private void Grow()
    {
        Entry[] old = _ring;
        _ring = new Entry[old.Length * 2];
        for (long index = First; index <= Last; index++)
            _ring[Slot(index)] = old[(int)(index & (old.Length - 1))];
    }
}
