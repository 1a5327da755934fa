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
    private long _medianOffsetMs;
    private long _baseMs;
    private long _baseTicks;
    private long _last;

    /// <summary>A peer's wall clock as a message carried it, Unix ms.</summary>
    public void Heard(NodeId peer, long wallMs)
    {
        lock (_gate)
        {
            _peerOffsets[peer] = wallMs - WallMs;
            FindMedian();
        }
    }

    /// <summary>A peer is not heard any more: what it said is of another time.</summary>
    public void Lost(NodeId peer)
    {
        lock (_gate)
        {
            _peerOffsets.Remove(peer);
            FindMedian();
        }
    }

    /// <summary>This node's own wall clock, Unix ms.</summary>
    public long WallMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Starts anew for a term of leadership.</summary>
    public void Start(long lastStampMs)
    {
        lock (_gate)
        {
            _last = Math.Max(lastStampMs, WallMs + _medianOffsetMs);
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
                long frequency = time.TimestampFrequency;
                long elapsedMs = MonotonicTime.ToMs(time.GetTimestamp() - _baseTicks, frequency);
                long now = _baseMs + elapsedMs;
                long most = elapsedMs / SlewPerMs;
                if (most > 0)
                {
                    // Also when there is nothing to follow: what was not needed must not be saved up for a jump. The
                    // part of a millisecond that has not elapsed stays for the next time.
                    now += Math.Clamp(WallMs + _medianOffsetMs - now, -most, most);
                    _baseMs = now;
                    _baseTicks += (elapsedMs / 1000 * frequency) + (elapsedMs % 1000 * frequency / 1000);
                }

                return _last = Math.Max(_last, now);
            }
        }
    }

    private void FindMedian()
    {
        long[] offsets = [0, .. _peerOffsets.Values];
        Array.Sort(offsets);
        _medianOffsetMs = offsets[(offsets.Length - 1) / 2];
    }
}
