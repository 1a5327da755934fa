using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Storage;

namespace Cmq.MultiProtocol.Simulation.Checks;

/// <summary>Terms of one member's log, by index, as its writes said.</summary>
internal sealed class MemberLog
{
    private readonly Dictionary<long, long> _terms = [];

    public long Last { get; private set; }

    /// <summary>Everything up to here is in a snapshot.</summary>
    public long Snapshot { get; private set; }

    public HardState HardState { get; set; }

    public void Write(StoreWrite write)
    {
        if (write.HardState is { } state)
            HardState = state;
        foreach (Entry entry in write.Entries)
            _terms[entry.Index] = entry.Term;
        if (write.Entries.Count > 0)
            Last = write.Entries[^1].Index;
    }

    public void Install(long index)
    {
        _terms.Clear();
        Snapshot = Last = index;
    }

    public void Restore(HardState state, long snapshot, long last, IEnumerable<(long Index, long Term)> terms)
    {
        _terms.Clear();
        foreach ((long index, long term) in terms)
            _terms[index] = term;
        (HardState, Snapshot, Last) = (state, snapshot, last);
    }

    /// <summary>Whether that entry is in it, or below its snapshot.</summary>
    public bool Has(long index, long term) =>
        index <= Snapshot || (index <= Last && _terms.TryGetValue(index, out long own) && own == term);

    public long? TermOf(long index) => index <= Last && _terms.TryGetValue(index, out long term) ? term : null;
}
