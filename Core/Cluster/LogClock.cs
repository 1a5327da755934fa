namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>
/// A leader's log time: starts at the lower median of the wall clocks it knows of, never below the last stamp, runs
/// at this node's monotonic rate, and follows the median by at most 1 s per minute (DESIGN section 4). Thread-safe.
/// </summary>
internal sealed class LogClock(TimeProvider time)
{
    private const int SlewPerMs = 60;

    private readonly Lock _gate = new();
    private readonly Dictionary<NodeId, long> _peerOffsets = [];
    private long _baseMs;
    private long _baseTicks;
    private long _last;

    /// <summary>A peer's wall clock as a message carried it, Unix ms.</summary>
    public void Heard(NodeId peer, long wallMs)
    {
        lock (_gate)
            _peerOffsets[peer] = wallMs - WallMs;
    }

    /// <summary>This node's own wall clock, Unix ms.</summary>
    public long WallMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Starts anew for a term of leadership.</summary>
    public void Start(long lastStampMs)
    {
        lock (_gate)
        {
            _last = Math.Max(lastStampMs, MedianMs());
            _baseMs = _last;
            _baseTicks = time.GetTimestamp();
        }
    }

    /// <summary>Log time now, Unix ms; never goes back.</summary>
    public long NowMs
    {
        get
        {
            lock (_gate)
            {
                long elapsedMs = (time.GetTimestamp() - _baseTicks) * 1000 / time.TimestampFrequency;
                long now = _baseMs + elapsedMs;
                long drift = MedianMs() - now;
                long most = elapsedMs / SlewPerMs;
                if (most > 0 && drift != 0)
                {
                    _baseMs = now + Math.Clamp(drift, -most, most);
                    _baseTicks = time.GetTimestamp();
                    now = _baseMs;
                }

                return _last = Math.Max(_last, now);
            }
        }
    }

    private long MedianMs()
    {
        long wall = WallMs;
        if (_peerOffsets.Count == 0)
            return wall;
        long[] clocks = [wall, .. _peerOffsets.Values.Select(offset => wall + offset)];
        Array.Sort(clocks);
        return clocks[(clocks.Length - 1) / 2];
    }
}
