using System.Diagnostics;
using Cmq.MultiProtocol.Benchmarks.Load.Measure;

namespace Cmq.MultiProtocol.Benchmarks.Load.Connections;

/// <summary>One connection that receives, acknowledges, and looks that each message is whole, comes once and in order.
/// Runs on a thread of its own; the counts may be read by others.</summary>
public abstract class Consumer(Ledger ledger, int copy, Phase phase) : IDisposable
{
    private readonly Dictionary<(long Run, int Publisher, int Queue), Origin> _origins = [];
    private volatile bool _isStopping;
    private long _arrived;
    private long _lastArrival = Stopwatch.GetTimestamp();

    /// <summary>From sending, or from when it was due, to the arrival here.</summary>
    public Histogram Latencies { get; } = new();

    /// <summary>Messages that came, repeated ones too.</summary>
    public long Arrived => Volatile.Read(ref _arrived);

    /// <summary>Messages that had come before, here or at another consumer of the same queue.</summary>
    public long Twice { get; private set; }

    /// <summary>Messages that came after a later one of the same publisher and queue.</summary>
    public long OutOfOrder { get; private set; }

    /// <summary>Messages that are not as they were sent, or not ours.</summary>
    public long Damaged { get; private set; }

    /// <summary>Messages that the broker said it had delivered before.</summary>
    public long Redelivered { get; private set; }

    /// <summary>By the stopwatch.</summary>
    public long LastArrival => Volatile.Read(ref _lastArrival);

    protected bool IsStopping => _isStopping;

    /// <summary>When the bytes came that are being looked at.</summary>
    protected long Now { get; set; }

    /// <summary>Ends <see cref="Run"/> soon.</summary>
    public void Stop() => _isStopping = true;

    /// <summary>Receives until it is stopped, then acknowledges the rest.</summary>
    /// <exception cref="IOException">The connection ended.</exception>
    public abstract void Run();

    public abstract void Dispose();

    protected void Take(ReadOnlySpan<byte> body, bool redelivered)
    {
        _lastArrival = Now;
        Volatile.Write(ref _arrived, _arrived + 1);
        if (redelivered)
            Redelivered++;
        if (!MessageStamp.TryRead(body, out MessageStamp stamp))
        {
            Damaged++;
            return;
        }

        Origin origin = OriginOf(stamp);
        if (!origin.Numbers.Add(stamp.Sequence))
        {
            Twice++;
            return;
        }

        if (stamp.Sequence < origin.Next && !redelivered)
            OutOfOrder++;
        else
            origin.Next = stamp.Sequence + 1;
        if (phase.IsMeasured && stamp.Run == ledger.Run)
            Latencies.Add(stamp.SentAt, Now);
    }

    private Origin OriginOf(in MessageStamp stamp)
    {
        var key = (stamp.Run, stamp.Publisher, stamp.Queue);
        if (!_origins.TryGetValue(key, out Origin? origin))
            _origins[key] = origin = new Origin(ledger.Arrived(stamp.Run, stamp.Publisher, copy));
        return origin;
    }

    /// <summary>What came of one publisher through one queue.</summary>
    private sealed class Origin(NumberSet numbers)
    {
        public NumberSet Numbers => numbers;

        /// <summary>No earlier one should come any more.</summary>
        public long Next { get; set; }
    }
}
