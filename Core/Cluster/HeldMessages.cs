namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>
/// What a connection holds of one queue: sequence to consumer. A settled message stays until its group has applied
/// that, so that an announcement to a new leader covers it meanwhile. Guarded by the connection's lock.
/// </summary>
internal sealed class HeldMessages(GroupId group)
{
    private const long NotSettled = 0;

    private readonly Dictionary<long, (int Consumer, long Batch)> _held = [];

    public GroupId Group { get; } = group;

    public int Count => _held.Count;

    /// <summary>The batch of the node's lane with the latest return.</summary>
    public long ReturnedIn { get; set; }

    public void Add(long sequence, int consumer) => _held[sequence] = (consumer, NotSettled);

    /// <returns>False: not held, or being settled already.</returns>
    public bool CanSettle(long sequence) =>
        _held.TryGetValue(sequence, out (int Consumer, long Batch) held) && held.Batch == NotSettled;

    /// <summary>Being settled by a command in that batch of the node's lane.</summary>
    public void Settling(ReadOnlySpan<long> sequences, long batch)
    {
        foreach (long sequence in sequences)
        {
            if (_held.TryGetValue(sequence, out (int Consumer, long Batch) held))
                _held[sequence] = (held.Consumer, batch);
        }
    }

    /// <summary>The command in that batch was applied. What was returned by it and has come again since is held anew: a
    /// new leader may deliver before the answer is here.</summary>
    public void EndSettle(ReadOnlySpan<long> sequences, long batch)
    {
        foreach (long sequence in sequences)
        {
            if (_held.TryGetValue(sequence, out (int Consumer, long Batch) held) && held.Batch == batch)
                _held.Remove(sequence);
        }
    }

    /// <summary>What is held once the lane is applied up to a batch.</summary>
    public IEnumerable<(long Sequence, int Consumer)> AsOf(long batch) =>
        _held.Where(held => held.Value.Batch == NotSettled || held.Value.Batch > batch)
            .Select(held => (held.Key, held.Value.Consumer));

    /// <summary>What nobody has settled yet, ascending.</summary>
    public long[] Unsettled()
    {
        long[] sequences = [.. _held.Where(held => held.Value.Batch == NotSettled).Select(held => held.Key)];
        Array.Sort(sequences);
        return sequences;
    }
}
