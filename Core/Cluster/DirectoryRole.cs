using System.Buffers;
using Cmq.MultiProtocol.Core.Metadata;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>
/// What the directory's leader does: node leases (DESIGN section 3), and holding back the answer to a topology change
/// until every node with a live lease routes by it.
/// </summary>
internal sealed class DirectoryRole(
    DirectoryMachine machine,
    NodeServices services,
    DirectoryCommand.Bootstrap bootstrap,
    Action<DirectorySnapshot> publish,
    Action<NodeIncarnation, long, Reply> respond) : GroupRole
{
    /// <summary>A node that did not renew for this long serves no clients (it stops by its own clock after 5 s).</summary>
    private const long LeaseMs = 6_000;

    /// <summary>A node that did not renew for this long is gone.</summary>
    private const long GoneMs = 10_000;

    /// <summary>A leader that stood still for this long heard no renewals: all leases start again.</summary>
    private const long StandstillMs = 1_000;

    private const long RegisterEveryMs = 200;

    /// <summary>Topology changes that wait, a count; more are refused.</summary>
    private const int MaxWaiting = 65_536;

    private readonly Dictionary<NodeIncarnation, long> _renewedMs = [];
    private readonly Dictionary<NodeIncarnation, long> _appliedIndex = [];
    private readonly Dictionary<NodeId, long> _registeredMs = [];
    private readonly HashSet<NodeIncarnation> _ending = [];
    private readonly List<Waiting> _waiting = [];
    private readonly List<(NodeIncarnation From, long Number)> _leaving = [];
    private IReadOnlyList<NodeInfo> _nodes = [];
    private DirectorySnapshot? _nodesOf;
    private long _activeSinceMs;
    private long _advancedMs;
    private long _bootstrapProposedMs;

    public override void Activate(long nowMs)
    {
        _activeSinceMs = nowMs;
        _advancedMs = nowMs;
        _bootstrapProposedMs = 0;
    }

    public override void Deactivate()
    {
        // Leases start again with the next leader: late, never early. Who waits asks the next leader.
        _renewedMs.Clear();
        _appliedIndex.Clear();
        _registeredMs.Clear();
        _ending.Clear();
        _waiting.Clear();
        _leaving.Clear();
    }

    public override void Applied(long nowMs) => publish(machine.Snapshot);

    public override void Handle(in NodeRequest request, long nowMs)
    {
        switch (request.Body)
        {
            case DirectoryAsk.Renew renew:
                Renew(request, renew, nowMs);
                break;
            case DirectoryAsk.Applied applied:
                Note(request.From, applied.Index);
                break;
            case DirectoryAsk.Leave:
                End(request.From);
                _leaving.Add((request.From, request.Number));
                break;
            case DirectoryAsk.AwaitTopology wait when _waiting.Count < MaxWaiting:
                _waiting.Add(new Waiting(request.From, request.Number, wait));
                break;
            case DirectoryAsk.AwaitTopology:
                Refuse(request);
                break;
            default:
                throw new InvariantException($"the directory is not asked for {request.Body.GetType().Name}");
        }
    }

    public override void Refuse(in NodeRequest request)
    {
        if (request.Number != 0)
            respond(request.From, request.Number, Reply.Unavailable);
    }

    public override void Advance(long nowMs)
    {
        if (nowMs - _advancedMs > StandstillMs)
            _activeSinceMs = nowMs;
        _advancedMs = nowMs;
        if (machine.Snapshot.ClusterId == Guid.Empty && nowMs - _bootstrapProposedMs > 1000)
        {
            _bootstrapProposedMs = nowMs;
            Propose(bootstrap);
        }

        foreach (NodeInfo node in Nodes)
        {
            if (nowMs - HeardMs(node.Incarnation) > GoneMs)
                End(node.Incarnation);
        }
    }

    public override void Pump(long nowMs)
    {
        if (machine.Snapshot.FindNode(services.Self) is { } self)
            Note(self.Incarnation, machine.Snapshot.AppliedIndex);
        for (int i = _leaving.Count - 1; i >= 0; i--)
        {
            (NodeIncarnation from, long number) = _leaving[i];
            if (machine.Snapshot.IsLive(from))
            {
                End(from);
                continue;
            }

            respond(from, number, Reply.Ok);
            _leaving.RemoveAt(i);
        }

        for (int i = _waiting.Count - 1; i >= 0; i--)
        {
            Waiting waiting = _waiting[i];
            bool isOver = !machine.Snapshot.IsLive(waiting.From);
            if (!isOver && (!waiting.IsDone(machine.Snapshot) || !EveryoneApplied(waiting.Index, nowMs)))
                continue;
            respond(waiting.From, waiting.Number, isOver ? Reply.Unavailable : Reply.Ok);
            _waiting.RemoveAt(i);
        }
    }

    public override long? NextDeadlineMs => null;

    /// <summary>Nodes whose life the directory counts as live.</summary>
    private IReadOnlyList<NodeInfo> Nodes
    {
        get
        {
            DirectorySnapshot now = machine.Snapshot;
            if (ReferenceEquals(now, _nodesOf))
                return _nodes;
            _nodesOf = now;
            _nodes = now.Nodes;
            // A life that has just begun counts as heard: it cannot have renewed before it was registered.
            foreach (NodeInfo node in _nodes)
                _renewedMs.TryAdd(node.Incarnation, _advancedMs);
            _ending.RemoveWhere(life => !now.IsLive(life));
            foreach (NodeIncarnation over in _renewedMs.Keys.Where(life => !now.IsLive(life)).ToList())
                _renewedMs.Remove(over);
            foreach (NodeIncarnation over in _appliedIndex.Keys.Where(life => !now.IsLive(life)).ToList())
                _appliedIndex.Remove(over);
            return _nodes;
        }
    }

    private long HeardMs(NodeIncarnation life) => Math.Max(_activeSinceMs, _renewedMs.GetValueOrDefault(life));

    private void Note(NodeIncarnation life, long appliedIndex)
    {
        if (machine.Snapshot.IsLive(life))
            _appliedIndex[life] = Math.Max(appliedIndex, _appliedIndex.GetValueOrDefault(life));
    }

    private void Renew(in NodeRequest request, DirectoryAsk.Renew renew, long nowMs)
    {
        NodeIncarnation life = request.From;
        if (machine.Snapshot.IsLive(life))
        {
            // Its end is proposed: a lease now would outlive what the others are told.
            if (_ending.Contains(life))
                return;
            _renewedMs[life] = nowMs;
            Note(life, renew.AppliedIndex);
            if (!machine.Snapshot.FindNode(life.Node)!.Services.SequenceEqual(renew.Services))
                Register(life, renew, nowMs);
            respond(life, request.Number, Reply.Ok);
            return;
        }

        if (machine.Snapshot.ClusterId != Guid.Empty)
            Register(life, renew, nowMs);
        respond(life, request.Number, Reply.Gone);
    }

    private void Register(NodeIncarnation life, DirectoryAsk.Renew renew, long nowMs)
    {
        if (nowMs - _registeredMs.GetValueOrDefault(life.Node) <= RegisterEveryMs)
            return;
        _registeredMs[life.Node] = nowMs;
        Propose(new DirectoryCommand.RegisterNode(life, renew.StoreId, renew.Address) { Services = renew.Services });
    }

    private void End(NodeIncarnation life)
    {
        if (!_ending.Contains(life) && machine.Snapshot.IsLive(life) && Propose(new DirectoryCommand.NodeGone(life)))
            _ending.Add(life);
    }

    private bool EveryoneApplied(long index, long nowMs)
    {
        foreach (NodeInfo node in Nodes)
        {
            if (_appliedIndex.GetValueOrDefault(node.Incarnation) < index && nowMs - HeardMs(node.Incarnation) <= LeaseMs)
                return false;
        }

        return true;
    }

    private bool Propose(DirectoryCommand command)
    {
        var output = new ArrayBufferWriter<byte>();
        DirectoryCommandCodec.Write(output, command);
        return Host.Propose(output.WrittenSpan);
    }

    private sealed class Waiting(NodeIncarnation from, long number, DirectoryAsk.AwaitTopology ask)
    {
        private long _index;

        public NodeIncarnation From => from;

        public long Number => number;

        /// <summary>Where the directory was when the wish was fulfilled.</summary>
        public long Index => _index;

        public bool IsDone(DirectorySnapshot snapshot)
        {
            if (_index > 0)
                return true;
            if (ask.Queue is { } queue)
            {
                QueueState state = snapshot.StateOf(queue);
                // A queue that is gone will not become ready: whoever waits for that need not go on waiting.
                if (state == QueueState.Creating || (ask.Gone && state != QueueState.Gone))
                    return false;
            }

            _index = snapshot.AppliedIndex;
            return true;
        }
    }
}
