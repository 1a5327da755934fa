using System.Collections;
using System.Runtime.CompilerServices;
using Cmq.MultiProtocol.Core.Consensus;

namespace Cmq.MultiProtocol.Simulation.Plants;

/// <summary>Entries of an append which a follower's log is cut before, at the moment when it looks whether it has the first
/// of them: behind its inbox only who takes them over looks.</summary>
/// <param name="raft">The follower.</param>
/// <param name="entries">The entries.</param>
internal sealed class CuttingEntries(RaftNode raft, IReadOnlyList<Entry> entries) : IReadOnlyList<Entry>
{
    private bool _cuts;

    /// <summary>They are in the inbox.</summary>
    public void Arm() => _cuts = true;

    public int Count => entries.Count;

    public Entry this[int index]
    {
        get
        {
            if (_cuts && entries[0].Index <= raft.LastIndex)
                CutFrom(LogOf(raft), entries[0].Index);
            _cuts = false;
            return entries[index];
        }
    }

    public IEnumerator<Entry> GetEnumerator() => entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_log")]
    private static extern ref LogView LogOf(RaftNode raft);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "CutFrom")]
    private static extern void CutFrom(LogView log, long index);
}
