using Cmq.MultiProtocol.Benchmarks.Load.Measure;

namespace Cmq.MultiProtocol.Benchmarks.Load.RocketMq;

/// <summary>The offsets of one queue that a SEND_OK named. Thread-safe.</summary>
internal sealed class RocketMqOffsets
{
    private readonly NumberSet _named = new();
    private long _highest = -1;
    private long _repeated;

    /// <summary>All from 0 on, each once.</summary>
    public bool IsContiguous => _repeated == 0 && _named.Count == _highest + 1;

    public void Add(long offset)
    {
        if (!_named.Add(offset))
            Interlocked.Increment(ref _repeated);
        for (long highest = Volatile.Read(ref _highest); offset > highest;)
        {
            long seen = Interlocked.CompareExchange(ref _highest, offset, highest);
            if (seen == highest)
                return;
            highest = seen;
        }
    }
}
