namespace Cmq.MultiProtocol.Core.Groups;

/// <summary>Which commands of the entries in one stretch of a group's log something refers to.</summary>
/// <param name="first">First index of the stretch.</param>
/// <param name="last">Last index of the stretch.</param>
public sealed class LiveSlots(long first, long last)
{
    private readonly SortedDictionary<long, List<int>?> _entries = [];

    public long First { get; } = first;

    public long Last { get; } = last;

    /// <summary>What the stretch is worth, as <see cref="IndexSet.Weigh"/> counts.</summary>
    public long Weight { get; set; }

    /// <summary>Entries whose references were not all found, and which are kept whole for that: a mistake of
    /// ours.</summary>
    public int Unexplained { get; set; }

    /// <summary>The living entries, ascending; null stands for all slots, else they ascend, each once.</summary>
    public IEnumerable<(long Index, IReadOnlyList<int>? Slots)> Entries
    {
        get
        {
            foreach ((long index, List<int>? references) in _entries)
            {
                if (references is null)
                {
                    yield return (index, null);
                    continue;
                }

                var slots = new SortedSet<int>(references);
                yield return (index, [.. slots]);
            }
        }
    }

    /// <summary>All of these entries as wholes.</summary>
    /// <param name="first">First index of the stretch.</param>
    /// <param name="last">Last index of the stretch.</param>
    /// <param name="live">Ascending.</param>
    public static LiveSlots Whole(long first, long last, IReadOnlyList<long> live)
    {
        var whole = new LiveSlots(first, last);
        foreach (long index in live)
        {
            if (index >= first && index <= last)
                whole.KeepWhole(index);
        }

        whole.Weight = whole._entries.Count * IndexSet.FullWeight;
        return whole;
    }

    /// <summary>Whether a reference within these indexes would count.</summary>
    public bool Overlaps(long lowest, long highest) => lowest <= Last && highest >= First;

    /// <summary>Something refers to it; nothing if it lies elsewhere.</summary>
    public void Add(UnitRef unit)
    {
        if (unit.Index < First || unit.Index > Last)
            return;
        if (!_entries.TryGetValue(unit.Index, out List<int>? references))
            _entries.Add(unit.Index, references = []);
        references?.Add(unit.Slot);
    }

    /// <summary>References to an entry so far.</summary>
    public int ReferencesTo(long index) => _entries.GetValueOrDefault(index)?.Count ?? 0;

    /// <summary>All slots of an entry are kept.</summary>
    public void KeepWhole(long index) => _entries[index] = null;
}
