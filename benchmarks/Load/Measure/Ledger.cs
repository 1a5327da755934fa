using System.Collections.Concurrent;

namespace Cmq.MultiProtocol.Benchmarks.Load.Measure;

/// <summary>What was confirmed and what arrived, of all publishers of this run and of others. Thread-safe.</summary>
/// <param name="run">Number of this run.</param>
/// <param name="publishers">How many there are.</param>
/// <param name="copies">How many consumers get each message; copy c of a message goes to one of those that share c.</param>
public sealed class Ledger(long run, int publishers, int copies)
{
    private readonly ConcurrentDictionary<(long Run, int Publisher, int Copy), NumberSet> _arrived = [];
    private readonly NumberSet[] _confirmed = [.. Enumerable.Range(0, publishers).Select(_ => new NumberSet())];

    public long Run => run;

    /// <summary>Messages that arrived, each counted once, on average over the copies.</summary>
    public long Distinct => _arrived.Values.Sum(set => set.Count) / copies;

    /// <summary>Confirmed messages of this run that lack at a consumer that should have them.</summary>
    public long Missing
    {
        get
        {
            long missing = 0;
            for (int publisher = 0; publisher < publishers; publisher++)
            {
                for (int copy = 0; copy < copies; copy++)
                    missing += _confirmed[publisher].MissingFrom(Arrived(run, publisher, copy));
            }

            return missing;
        }
    }

    /// <summary>The numbers of a publisher of this run that were confirmed.</summary>
    public NumberSet Confirmed(int publisher) => _confirmed[publisher];

    public NumberSet Arrived(long ofRun, int publisher, int copy) =>
        _arrived.GetOrAdd((ofRun, publisher, copy), static _ => new NumberSet());

    /// <summary>One set for each copy of a publisher of this run.</summary>
    public NumberSet[] ArrivedCopies(int publisher) =>
        [.. Enumerable.Range(0, copies).Select(copy => Arrived(run, publisher, copy))];
}
