using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Storage;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Whether the chunks of one transfer follow each other as the store must have them, which takes nothing else: a
/// leader that mixes them up has its transfer given up.</summary>
/// <param name="mark">Where the snapshot stands, as the first chunk said.</param>
/// <param name="staged">Last entry that is there already; 0: none is.</param>
internal sealed class SnapshotOrder(SnapshotMark mark, long staged)
{
    private readonly HashSet<BlockName> _blocks = [];
    private long _index = staged;
    private long _term;

    /// <summary>Entries ascend, and are below the mark.</summary>
    public bool Follow(IReadOnlyList<Entry> entries)
    {
        foreach (Entry entry in entries)
        {
            if (entry.Index <= _index || entry.Index > mark.Index || entry.Term < _term || entry.Term > mark.Term)
                return false;
            (_index, _term) = (entry.Index, entry.Term);
        }

        return true;
    }

    /// <summary>A block comes once.</summary>
    public bool Follow(IReadOnlyList<Block> blocks) => blocks.All(block => _blocks.Add(block.Name));

    /// <summary>The last chunk says the same as the first.</summary>
    public bool Ends(SnapshotMark last) => last.Index == mark.Index && last.Term == mark.Term;
}
