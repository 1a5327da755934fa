namespace Cmq.MultiProtocol.Benchmarks.Load;

/// <summary>What was confirmed and what arrived, of all publishers of this run and of others. Thread-safe.</summary>
public sealed class Ledger(long run)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(long Run, int Publisher), NumberSet> _arrived = [];
    private readonly Dictionary<int, NumberSet> _confirmed = [];
    private long _duplicates;
    private long _redelivered;
    private long _damaged;
    private long _arrivals;
    private long _confirms;
    private long _nacks;

    public long Run => run;
    public long Arrivals => Interlocked.Read(ref _arrivals);
    public long Confirms => Interlocked.Read(ref _confirms);
    public long Nacks => Interlocked.Read(ref _nacks);
    public long Duplicates => Interlocked.Read(ref _duplicates);
    public long Redelivered => Interlocked.Read(ref _redelivered);
    public long Damaged => Interlocked.Read(ref _damaged);

    public long DistinctArrived
    {
        get
        {
            lock (_lock)
                return _arrived.Values.Sum(set => set.Count);
        }
    }

    public void Confirmed(int publisher, long first, long count)
    {
        lock (_lock)
        {
            if (!_confirmed.TryGetValue(publisher, out NumberSet? set))
                _confirmed[publisher] = set = new NumberSet();
            for (long sequence = first; sequence < first + count; sequence++)
                set.Add(sequence);
        }

        Interlocked.Add(ref _confirms, count);
    }

    public void Refused(long count) => Interlocked.Add(ref _nacks, count);

    public void Arrived(ReadOnlySpan<byte> body, bool redelivered)
    {
        Interlocked.Increment(ref _arrivals);
        if (!MessageBody.TryRead(body, out MessageBody message))
        {
            Interlocked.Increment(ref _damaged);
            return;
        }

        if (redelivered)
            Interlocked.Increment(ref _redelivered);
        lock (_lock)
        {
            var key = (message.Run, message.Publisher);
            if (!_arrived.TryGetValue(key, out NumberSet? set))
                _arrived[key] = set = new NumberSet();

            // A message that comes again says so, unless the broker really has it twice.
            if (!set.Add(message.Sequence) && !redelivered)
                Interlocked.Increment(ref _duplicates);
        }
    }

    /// <summary>Confirmed messages of this run that did not arrive.</summary>
    public long Missing()
    {
        lock (_lock)
        {
            var nothing = new NumberSet();
            return _confirmed.Sum(
                pair => pair.Value.MissingFrom(_arrived.GetValueOrDefault((run, pair.Key), nothing)));
        }
    }
}
