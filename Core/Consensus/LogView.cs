namespace Cmq.MultiProtocol.Core.Consensus;

/// <summary>
/// A group's log as the engine knows it: the durable part behind <see cref="IRaftLog"/>, and in memory what
/// is not yet durable or not yet applied.
/// </summary>
internal sealed class LogView
{
    private readonly IRaftLog _durable;
    private readonly int _maxRetainedBytes;
    private readonly List<Entry> _memory = [];
    private readonly List<PendingWrite> _writes = [];
    private long _memoryFirst;
    private long _memoryBytes;

    public LogView(IRaftLog durable, long commit, long applied, int maxRetainedBytes)
    {
        Invariant.Check(commit <= durable.LastIndex, "The log ends before an entry known to be committed.");
        Invariant.Check(
            applied <= commit && applied >= durable.FirstIndex - 1,
            "The log does not reach the state.");
        _durable = durable;
        _maxRetainedBytes = maxRetainedBytes;
        Committed = commit;
        Applied = applied;
        Stored = Written = durable.LastIndex;
        _memoryFirst = Stored + 1;
    }

    public long FirstIndex => _durable.FirstIndex;

    public long LastIndex => _memoryFirst + _memory.Count - 1;

    public long LastTerm => Term(LastIndex);

    public SnapshotMark? Snapshot => _durable.Snapshot;

    public long Committed { get; private set; }

    /// <summary>Last entry handed out for apply.</summary>
    public long Applied { get; private set; }

    /// <summary>
    /// Up to here the durable log and this one are the same. The durable log may reach further, with entries
    /// that were superseded in memory since.
    /// </summary>
    public long Stored { get; private set; }

    /// <summary>Last entry handed out to be stored.</summary>
    public long Written { get; private set; }

    public bool HasToApply => Applied < Math.Min(Committed, Stored);

    /// <returns>False when the index was cut away or is not there yet.</returns>
    public bool TryGetTerm(long index, out long term)
    {
        if (index >= _memoryFirst)
        {
            bool exists = index <= LastIndex;
            term = exists ? InMemory(index).Term : 0;
            return exists;
        }
        term = 0;
        return index == 0 || _durable.TryGetTerm(index, out term);
    }

    public bool Matches(long index, long term) => TryGetTerm(index, out long own) && own == term;

    /// <summary>Raft section 5.4.1: a vote goes only to a log that holds everything this one may have
    /// committed.</summary>
    public bool IsUpToDate(long lastIndex, long lastTerm)
        => lastTerm > LastTerm || (lastTerm == LastTerm && lastIndex >= LastIndex);

    /// <summary>
    /// Greatest index at or below <paramref name="index"/> whose term is at most <paramref name="term"/>: all
    /// between cannot be where the logs agree, so one round trip skips a whole term.
    /// </summary>
    /// <param name="termThere">Its term; 0 when it was cut away.</param>
    public long FindByTerm(long index, long term, out long termThere)
    {
        while (TryGetTerm(index, out termThere) && termThere > term)
            index--;
        return index;
    }

    public void Append(in Entry entry)
    {
        Invariant.Check(entry.Index == LastIndex + 1, "The log has a gap.");
        _memory.Add(entry);
        _memoryBytes += EntrySize.Of(entry);
    }

    /// <summary>Takes over a leader's entries; what conflicts is cut, what is there already stays (section
    /// 5.3).</summary>
    public void Merge(IReadOnlyList<Entry> entries)
    {
        int i = 0;
        while (i < entries.Count && Matches(entries[i].Index, entries[i].Term))
            i++;
        if (i < entries.Count && entries[i].Index <= LastIndex)
            CutFrom(entries[i].Index);
        for (; i < entries.Count; i++)
            Append(entries[i]);
    }

    public void CommitTo(long index)
    {
        if (index <= Committed)
            return;
        Invariant.Check(index <= LastIndex, "The log ends before an entry that the leader says is here.");
        Committed = index;
    }

    /// <summary>Entries from <paramref name="first"/>, at least one, as many as <paramref name="maxBytes"/>
    /// allow.</summary>
    public IReadOnlyList<Entry> Read(long first, long last, int maxBytes)
    {
        if (first >= _memoryFirst)
            return ReadMemory(first, last, maxBytes);

        long lastDurable = Math.Min(last, _memoryFirst - 1);
        IReadOnlyList<Entry> durable = _durable.Read(first, lastDurable, maxBytes);
        Invariant.Check(durable.Count > 0 && durable[0].Index == first, "The durable log lost an entry.");
        int left = maxBytes - EntrySize.Of(durable);
        if (durable[^1].Index < lastDurable || lastDurable == last || left < EntrySize.Of(_memory[0]))
            return durable;
        return [.. durable, .. ReadMemory(_memoryFirst, last, left)];
    }

    public IReadOnlyList<Entry> TakeUnwritten(long readyNumber)
    {
        if (Written == LastIndex)
            return [];
        var entries = _memory[(int)(Written + 1 - _memoryFirst)..];
        _writes.Add(new PendingWrite(readyNumber, Written + 1, LastIndex));
        Written = LastIndex;
        return entries;
    }

    public IReadOnlyList<Entry> TakeCommitted(int maxBytes)
    {
        if (!HasToApply)
            return [];
        var entries = Read(Applied + 1, Math.Min(Committed, Stored), maxBytes);
        Applied = entries[^1].Index;
        Forget();
        return entries;
    }

    /// <summary>All writes of Readys up to this one are durable.</summary>
    public void StoredUpTo(long readyNumber)
    {
        int done = 0;
        while (done < _writes.Count && _writes[done].ReadyNumber <= readyNumber)
        {
            PendingWrite write = _writes[done++];
            if (write.Last >= write.First)
            {
                Invariant.Check(write.First <= Stored + 1, "A write became durable before an earlier one.");
                Stored = Math.Max(Stored, write.Last);
            }
        }
        _writes.RemoveRange(0, done);
        Forget();
    }

    /// <summary>The durable log now starts after this snapshot, and is empty.</summary>
    public void Restore(SnapshotMark mark)
    {
        _memory.Clear();
        _memoryBytes = 0;
        _writes.Clear();
        Committed = Applied = Stored = Written = mark.Index;
        _memoryFirst = mark.Index + 1;
    }

    private void CutFrom(long index)
    {
        Invariant.Check(index > Committed, "A leader contradicts a committed entry.");
        int kept = (int)Math.Max(0, index - _memoryFirst);
        for (int i = kept; i < _memory.Count; i++)
            _memoryBytes -= EntrySize.Of(_memory[i]);
        _memory.RemoveRange(kept, _memory.Count - kept);
        _memoryFirst = Math.Min(_memoryFirst, index);
        Stored = Math.Min(Stored, index - 1);
        Written = Math.Min(Written, index - 1);

        // A write under way stores entries that are no longer in this log; when it is done, they must not
        // count, not even if an entry of the same index (and, after more changes of leader, term) has come by
        // then.
        for (int i = 0; i < _writes.Count; i++)
            _writes[i] = _writes[i] with { Last = Math.Min(_writes[i].Last, index - 1) };
    }

    /// <summary>
    /// Drops from memory what is durable and applied, and above the limit what is durable; in halves, because
    /// each time moves all that stays.
    /// </summary>
    private void Forget()
    {
        bool isAboveLimit = _memoryBytes > _maxRetainedBytes;
        int count = CountInMemory(upTo: Math.Min(Stored, Applied));
        if (count < _memory.Count - count && !isAboveLimit)
            return;

        int mayForget = isAboveLimit ? CountInMemory(upTo: Stored) : count;
        long bytes = _memoryBytes;
        int forgotten = 0;
        while (forgotten < count || (forgotten < mayForget && bytes > _maxRetainedBytes))
            bytes -= EntrySize.Of(_memory[forgotten++]);
        _memory.RemoveRange(0, forgotten);
        _memoryFirst += forgotten;
        _memoryBytes = bytes;
    }

    private int CountInMemory(long upTo) => (int)Math.Max(0, upTo - _memoryFirst + 1);

    private Entry[] ReadMemory(long first, long last, int maxBytes)
    {
        int start = (int)(first - _memoryFirst);
        int end = start + 1;
        int bytes = EntrySize.Of(_memory[start]);
        while (_memoryFirst + end <= last && bytes + EntrySize.Of(_memory[end]) <= maxBytes)
            bytes += EntrySize.Of(_memory[end++]);
        var entries = new Entry[end - start];
        _memory.CopyTo(start, entries, 0, entries.Length);
        return entries;
    }

    private Entry InMemory(long index) => _memory[(int)(index - _memoryFirst)];

    private long Term(long index)
    {
        Invariant.Check(TryGetTerm(index, out long term), "The log cannot tell the term of its last entry.");
        return term;
    }

    private readonly record struct PendingWrite(long ReadyNumber, long First, long Last);
}
