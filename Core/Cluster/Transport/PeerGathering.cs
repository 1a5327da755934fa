namespace Cmq.MultiProtocol.Core.Cluster.Transport;

/// <summary>Accepted lanes of one attempt of a peer, until all three are there. Guarded by its link's lock,
/// but for <see cref="Ready"/>.</summary>
internal sealed class PeerGathering(PeerHello hello, long number)
{
    public const int LaneCount = 3;

    private readonly bool[] _reserved = new bool[LaneCount];
    private readonly PeerWire?[] _wires = new PeerWire?[LaneCount];
    private readonly TaskCompletionSource<Task?> _ready = new(
        TaskCreationOptions.RunContinuationsAsynchronously);

    public PeerHello Hello => hello;

    public long Number => number;

    /// <summary>Gives the run of the session when all lanes are there, null when one failed.</summary>
    public Task<Task?> Ready => _ready.Task;

    /// <summary>False: that lane has been connected already.</summary>
    public bool TryReserve(PeerLane lane)
    {
        bool free = !_reserved[(int)lane];
        _reserved[(int)lane] = true;
        return free;
    }

    /// <summary>The wires by lane, if this was the last one; else null.</summary>
    public IReadOnlyList<PeerWire>? Add(PeerLane lane, PeerWire wire)
    {
        _wires[(int)lane] = wire;
        PeerWire[] present = [.. _wires.OfType<PeerWire>()];
        return present.Length == LaneCount ? present : null;
    }

    public void Complete(Task run) => _ready.TrySetResult(run);

    public void Abandon() => _ready.TrySetResult(null);
}
