using System.Collections;

namespace Cmq.MultiProtocol.Benchmarks.RocketMqLoad;

/// <summary>The offsets of one queue that a SEND_OK named. Thread-safe.</summary>
internal sealed class QueueLedger
{
    private readonly Lock _gate = new();
    private readonly BitArray _offsets = new(1 << 16);
    private long _count;
    private long _highest = -1;

    /// <summary>Offsets that were named more than once.</summary>
    public long Repeated { get; private set; }

    public long Count
    {
        get
        {
            lock (_gate)
                return _count;
        }
    }

    /// <summary>All from 0 on, each once.</summary>
    public bool IsContiguous
    {
        get
        {
            lock (_gate)
                return Repeated == 0 && _count == _highest + 1;
        }
    }

    public void Add(long offset)
    {
        lock (_gate)
        {
            int at = checked((int)offset);
            if (at >= _offsets.Length)
                _offsets.Length = Math.Max(at + 1, _offsets.Length * 2);
            if (_offsets[at])
            {
                Repeated++;
                return;
            }
            _offsets[at] = true;
            _count++;
            _highest = Math.Max(_highest, offset);
        }
    }
}
