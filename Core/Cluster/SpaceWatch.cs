using Cmq.MultiProtocol.Core.Storage;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>
/// Watches the free space of this node, and hears of that of the others: a publisher is held back while any member's disk
/// is short, because each keeps a copy (docs/decisions/0014). Thread-safe.
/// </summary>
internal sealed class SpaceWatch(NodeOptions options, ILogStore store, ILogger log)
{
    private readonly Lock _gate = new();
    private readonly HashSet<NodeId> _shortPeers = [];
    private long _writtenAtLook;
    private long _room = long.MaxValue;
    private volatile bool _isShort;
    private volatile bool _holds;

    /// <summary>This node's disk has too little room left for publishing.</summary>
    public bool IsShort => _isShort;

    /// <summary>Publishers are to be held back. What was written since the last look counts, too: a disk may be fast, and
    /// the next look late.</summary>
    public bool HoldsPublishers => _holds || IsFilled(store.WrittenBytes);

    /// <summary>Whether so many bytes may be written that no client is waiting for: they must not be what fills the disk
    /// down to where everybody's publishers are held back.</summary>
    public bool HasRoom(long bytes) => !_isShort && !IsFilled(store.WrittenBytes + bytes);

    /// <summary>Looks at the disk.</summary>
    /// <returns>Whether what the others should know has changed.</returns>
    public bool Measure()
    {
        long written = store.WrittenBytes;
        // Whoever was held back by that is not let go by a few bytes.
        bool isHeld = _isShort || IsFilled(written);
        Interlocked.Exchange(ref _writtenAtLook, written);
        DiskSpace space = options.MeasureSpace(options.DataDirectory);
        var marks = SpaceMarks.Of(options.LowSpaceBytes, options.MinSpaceBytes, space.TotalBytes);
        Interlocked.Exchange(
            ref _room, marks.MinBytes == 0 ? long.MaxValue : Math.Max(0, space.FreeBytes - marks.MinBytes));
        store.IsShort = space.FreeBytes < marks.LowBytes;
        bool isShort = space.FreeBytes < (isHeld ? marks.ReleaseBytes : marks.MinBytes);
        if (isShort == _isShort)
            return false;
        _isShort = isShort;
        if (isShort)
            GroupTrace.SpaceIsShort(log, options.Id, space.FreeBytes, marks.ReleaseBytes);
        else
            GroupTrace.SpaceIsBack(log, options.Id, space.FreeBytes);
        Decide();
        return true;
    }

    /// <summary>What a member says of its disk.</summary>
    public void Heard(NodeId from, bool isShort)
    {
        lock (_gate)
        {
            if (!(isShort ? _shortPeers.Add(from) : _shortPeers.Remove(from)))
                return;
        }

        if (isShort)
            GroupTrace.PeerIsShort(log, options.Id, from);
        Decide();
    }

    /// <summary>Whoever is not connected writes nothing that comes from here; it says so again when it is back.</summary>
    public void Lost(NodeId peer) => Heard(peer, isShort: false);

    /// <summary>What was free above the mark at the last look has been written since, for all that is known.</summary>
    private bool IsFilled(long written) =>
        written - Interlocked.Read(ref _writtenAtLook) > Interlocked.Read(ref _room);

    private void Decide()
    {
        lock (_gate)
            _holds = _isShort || _shortPeers.Count > 0;
    }
}
