namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>Keeps the moving of entries to a number of bytes a second, so that it never takes the disk from clients.
/// Thread-safe.</summary>
/// <param name="time">Clock.</param>
/// <param name="bytesPerSecond">While there is space enough.</param>
internal sealed class RewritePace(TimeProvider time, long bytesPerSecond)
{
    /// <summary>How much faster it goes while space is short.</summary>
    private const int EagerFactor = 4;

    private readonly Lock _gate = new();
    private long _start = time.GetTimestamp();
    private double _busyMs;

    public bool IsEager { get; set; }

    /// <summary>Whether the time that the bytes so far are to take is over.</summary>
    public bool MayGoOn
    {
        get
        {
            lock (_gate)
                return time.GetElapsedTime(_start).TotalMilliseconds >= _busyMs;
        }
    }

    public void Moved(long bytes)
    {
        lock (_gate)
        {
            double leftMs = Math.Max(0, _busyMs - time.GetElapsedTime(_start).TotalMilliseconds);
            _start = time.GetTimestamp();
            _busyMs = leftMs + (bytes * 1000.0 / bytesPerSecond / (IsEager ? EagerFactor : 1));
        }
    }
}
