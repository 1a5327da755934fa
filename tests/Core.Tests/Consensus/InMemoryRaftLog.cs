using Cmq.MultiProtocol.Core.Consensus;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Consensus;

/// <summary>What a member's store shows of its durable log.</summary>
internal sealed class InMemoryRaftLog : IRaftLog
{
    private readonly List<Entry> _entries = [];
    private long _beforeFirstTerm;

    public long FirstIndex { get; private set; } = 1;

    public long LastIndex => FirstIndex + _entries.Count - 1;

    public SnapshotMark? Snapshot { get; private set; }

    public bool TryGetTerm(long index, out long term)
    {
        term = index == FirstIndex - 1 ? _beforeFirstTerm : 0;
        if (index < FirstIndex - 1 || index > LastIndex)
            return false;
        if (index >= FirstIndex)
            term = At(index).Term;
        return true;
    }

    public IReadOnlyList<Entry> Read(long first, long last, int maxBytes)
    {
        Assert.InRange(first, FirstIndex, LastIndex);
        Assert.InRange(last, first, LastIndex);
        List<Entry> read = [];
        int bytes = 0;
        for (long index = first; index <= last; index++)
        {
            Entry entry = At(index);
            bytes += entry.Payload.Length;
            if (read.Count > 0 && bytes > maxBytes)
                break;
            read.Add(entry);
        }
        return read;
    }

    public Entry At(long index) => _entries[(int)(index - FirstIndex)];

    /// <summary>The first entry supersedes everything from its index on.</summary>
    public void Write(IReadOnlyList<Entry> entries)
    {
        if (entries.Count == 0)
            return;
        Assert.InRange(entries[0].Index, FirstIndex, LastIndex + 1);
        int kept = (int)(entries[0].Index - FirstIndex);
        _entries.RemoveRange(kept, _entries.Count - kept);
        _entries.AddRange(entries);
    }

    /// <summary>A snapshot was taken here: entries up to <paramref name="cutTo"/> are gone.</summary>
    public void Compact(SnapshotMark mark, long cutTo)
    {
        Assert.True(cutTo <= mark.Index);
        Snapshot = mark;
        if (cutTo < FirstIndex)
            return;
        Assert.True(TryGetTerm(cutTo, out _beforeFirstTerm));
        _entries.RemoveRange(0, (int)(cutTo - FirstIndex + 1));
        FirstIndex = cutTo + 1;
    }

    /// <summary>A snapshot was received: nothing else is left.</summary>
    public void Install(SnapshotMark mark)
    {
        Snapshot = mark;
        _entries.Clear();
        _beforeFirstTerm = mark.Term;
        FirstIndex = mark.Index + 1;
    }
}
