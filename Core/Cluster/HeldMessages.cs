namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>
/// What a connection holds of one queue: sequence to consumer. A settled message stays until its group has applied
/// that, so that an announcement to a new leader covers it meanwhile. Guarded by the connection's lock.
/// </summary>
internal sealed class HeldMessages(GroupId group)
{
    private readonly Dictionary<long, (int Consumer, bool Settling)> _held = [];

    public GroupId Group { get; } = group;

    public int Count => _held.Count;

    public void Add(long sequence, int consumer) => _held[sequence] = (consumer, false);

    /// <summary>Marks a message as being settled.</summary>
    /// <returns>False: not held, or being settled already.</returns>
    public bool BeginSettle(long sequence)
    {
        if (!_held.TryGetValue(sequence, out (int Consumer, bool Settling) held) || held.Settling)
            return false;
        _held[sequence] = (held.Consumer, true);
        return true;
    }

    public void EndSettle(ReadOnlySpan<long> sequences)
    {
        foreach (long sequence in sequences)
            _held.Remove(sequence);
    }

    /// <summary>Everything held, also what is being settled.</summary>
    public IEnumerable<(long Sequence, int Consumer)> All =>
        _held.Select(held => (held.Key, held.Value.Consumer));

    /// <summary>What nobody has settled yet, ascending.</summary>
    public long[] Unsettled()
    {
        long[] sequences = [.. _held.Where(held => !held.Value.Settling).Select(held => held.Key)];
        Array.Sort(sequences);
        return sequences;
    }
}
