using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Storage;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>A replicated group's durable log: the newest entries from memory, older ones from the store. Group thread
/// only.</summary>
internal sealed class GroupLog : IRaftLog, IUnitReader
{
    /// <summary>Bytes of old entries kept after they were read, because neighbours usually follow.</summary>
    private const int ReadBackBytes = 8 * 1024 * 1024;

    private readonly GroupId _group;
    private readonly ILogStore _store;
    private readonly EntryCache _cache;
    private readonly Dictionary<long, Entry> _readBack = [];
    private readonly Queue<long> _readBackOrder = [];
    private long _readBackBytes;

    public GroupLog(GroupId group, ILogStore store, long cacheBytes)
    {
        _group = group;
        _store = store;
        _cache = new EntryCache(cacheBytes);
        if (store.Recovered.TryGetValue(group, out RecoveredGroup? recovered))
        {
            FirstIndex = recovered.FirstIndex;
            LastIndex = recovered.LastIndex;
            Snapshot = recovered.Snapshot;
        }

        _cache.Clear(LastIndex);
    }

    public long FirstIndex { get; private set; } = 1;

    public long LastIndex { get; private set; }

    public SnapshotMark? Snapshot { get; private set; }

    /// <summary>Entries of one write are durable; the first may supersede older ones.</summary>
    public void Stored(IReadOnlyList<Entry> entries)
    {
        foreach (Entry entry in entries)
        {
            if (_readBack.Remove(entry.Index, out Entry superseded))
                _readBackBytes -= superseded.Payload.Length;
            _cache.Add(entry);
        }

        LastIndex = entries[^1].Index;
    }

    /// <summary>A snapshot was saved; entries below <paramref name="firstKept"/> may no longer all be there.</summary>
    public void Compacted(SnapshotMark mark, long firstKept)
    {
        Snapshot = mark;
        FirstIndex = Math.Max(FirstIndex, firstKept);
    }

    /// <summary>The whole log was replaced by a snapshot from the leader.</summary>
    public void Replaced(SnapshotMark mark)
    {
        _readBack.Clear();
        _readBackOrder.Clear();
        _readBackBytes = 0;
        _cache.Clear(mark.Index);
        Snapshot = mark;
        FirstIndex = mark.Index + 1;
        LastIndex = mark.Index;
    }

    public bool TryGetTerm(long index, out long term)
    {
        if (Snapshot is { } mark && mark.Index == index)
        {
            term = mark.Term;
            return true;
        }

        if (index == 0 && Snapshot is null)
        {
            term = 0;
            return true;
        }

        term = 0;
        if (index < FirstIndex - 1 || index > LastIndex)
            return false;
        if (_cache.TryGet(index, out Entry entry))
        {
            term = entry.Term;
            return true;
        }

        return _store.TryGetTerm(_group, index, out term);
    }

    public IReadOnlyList<Entry> Read(long first, long last, int maxBytes)
    {
        if (first < _cache.First)
            return _store.Read(_group, first, Math.Min(last, _cache.First - 1), maxBytes);
        List<Entry> entries = [];
        long bytes = 0;
        for (long index = first; index <= last && _cache.TryGet(index, out Entry entry); index++)
        {
            bytes += entry.Payload.Length;
            if (entries.Count > 0 && bytes > maxBytes)
                break;
            entries.Add(entry);
        }

        return entries;
    }

    public ReadOnlyMemory<byte> ReadCommand(UnitRef unit) =>
        BatchView.Command(ReadEntry(unit.Index).Payload, unit.Slot);

    public long TimestampMs(long index) => BatchHeader.Read(ReadEntry(index).Payload.Span).TimestampMs;

    private Entry ReadEntry(long index)
    {
        if (_cache.TryGet(index, out Entry entry) || _readBack.TryGetValue(index, out entry))
            return entry;
        entry = _store.Read(_group, index, index, int.MaxValue)[0];
        _readBack[index] = entry;
        _readBackOrder.Enqueue(index);
        _readBackBytes += entry.Payload.Length;
        while (_readBackBytes > ReadBackBytes && _readBackOrder.Count > 1)
        {
            if (_readBack.Remove(_readBackOrder.Dequeue(), out Entry oldest))
                _readBackBytes -= oldest.Payload.Length;
        }

        return entry;
    }
}
