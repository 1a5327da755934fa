using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>This node's local group: the same machine over entries in memory, committed at once, gone with the node's
/// life (DESIGN section 3, class c).</summary>
internal sealed class LocalGroupHost : GroupHost
{
    /// <summary>Entries are swept when this many bytes were added since the last sweep, or as much as stayed then.</summary>
    private const long MinSweepBytes = 4 * 1024 * 1024;

    private readonly LocalLog _log = new();
    private readonly Queue<Entry> _committed = [];
    private long _nextIndex = 1;
    private long _sweepAt = MinSweepBytes;

    public LocalGroupHost(GroupState state, GroupRole role, NodeServices services) : base(state, role, services)
    {
        // The empty entry of a leader: a state machine's first index is 2, as in a replicated group.
        _committed.Enqueue(new Entry(_nextIndex++, 1, EntryKind.Leader, default));
    }

    public override IUnitReader Units => _log;

    public override LaneSource LaneSourceTo(GroupId target, int epoch) =>
        new(LaneSourceKind.Group, Group.Value, Services.Life.Incarnation);

    protected override bool CanBeActive => State.AppliedTerm == 1;

    protected override NodeId KnownLeader => Services.Self;

    protected override bool CanBeDeposed => false;

    public override long Term => Services.Life.Incarnation;

    protected override bool TryAppend(Memory<byte> batch)
    {
        _committed.Enqueue(new Entry(_nextIndex++, 1, EntryKind.Batch, batch));
        return true;
    }

    protected override void Work()
    {
        while (_committed.TryDequeue(out Entry entry))
        {
            _log.Add(entry);
            Apply(entry);
        }

        if (_log.Bytes >= _sweepAt)
        {
            _log.Keep(State.Machine.LiveIndexes());
            _sweepAt = _log.Bytes + Math.Max(MinSweepBytes, _log.Bytes);
        }
    }

    protected override bool TryBeginRound(ulong round) => throw new InvariantException("nobody else leads a local group");

    protected override void Tick()
    {
    }

    protected override void HandleOwn(GroupEvent what)
    {
        // Peers and snapshots are no matter of a local group.
    }
}
