namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Says when a group is due for a snapshot: by bytes of log since the last one, or by age when anything
/// happened at all, so that idle groups keep no old segment.</summary>
internal sealed class SnapshotPolicy(long logBytes)
{
    private static readonly TimeSpan Age = TimeSpan.FromMinutes(5);

    private long _bytes;
    private long _entries;
    private long _lastBytes;
    private long _lastTimestamp = -1;

    public void Applied(int payloadBytes)
    {
        _bytes += payloadBytes;
        _entries++;
    }

    public bool IsDue(TimeProvider time)
    {
        if (_lastTimestamp < 0)
            _lastTimestamp = time.GetTimestamp();
        if (_entries == 0)
            return false;
        return _bytes >= Math.Max(logBytes, 2 * _lastBytes) || time.GetElapsedTime(_lastTimestamp) >= Age;
    }

    public void Started(TimeProvider time, long snapshotBytes)
    {
        _bytes = 0;
        _entries = 0;
        _lastBytes = snapshotBytes;
        _lastTimestamp = time.GetTimestamp();
    }
}
