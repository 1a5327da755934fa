namespace Cmq.MultiProtocol.Simulation.Checks;

/// <summary>Where a consumer group goes on in a partition: one member stores it, and whoever asks afterwards gets what was
/// stored last.</summary>
internal sealed class GroupOffset(Verdict verdict, string name)
{
    private readonly List<long> _known = [];
    private readonly SortedSet<long> _maybe = [];

    /// <summary>The highest that was tried.</summary>
    public long Tried { get; private set; }

    /// <summary>Times that it is known to have been stored; what a fetch that begins now must not be behind.</summary>
    public int Stored => _known.Count;

    /// <summary>Somebody begins to store it.</summary>
    public void Begin(long offset)
    {
        Tried = offset;
        _maybe.Add(offset);
    }

    public void End(long offset)
    {
        _maybe.Remove(offset);
        _known.Add(offset);
    }

    /// <param name="offset">What was answered; null = none is stored.</param>
    /// <param name="stored"><see cref="Stored"/> when the fetch began.</param>
    public void Check(long? offset, int stored)
    {
        // One whose answer never came may count later than those that came after it, from another node.
        bool isGood = offset is { } value
            ? _maybe.Contains(value) || _known.Skip(Math.Max(0, stored - 1)).Contains(value)
            : stored == 0;
        verdict.Check(isGood,
            $"{name} goes on at {offset?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "nothing"}; "
            + $"{stored} times it was stored before, last {_known.ElementAtOrDefault(stored - 1)}");
    }
}
