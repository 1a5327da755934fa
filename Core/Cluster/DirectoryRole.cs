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

    private const long RegisterEveryMs = 200;

    private readonly Dictionary<NodeId, long> _renewedMs = [];
    private readonly Dictionary<NodeId, long> _appliedIndex = [];
    private readonly Dictionary<NodeId, long> _registeredMs = [];
    private readonly List<Waiting> _waiting = [];
    private long _activeSinceMs;
    private long _bootstrapProposedMs;

    public override void Activate(long nowMs)
    {
        _activeSinceMs = nowMs;
        _bootstrapProposedMs = 0;
    }

    public override void Deactivate()
    {
        // Leases start again with the next leader: late, never early. Who waits asks the next leader.
        _renewedMs.Clear();
        _appliedIndex.Clear();
        _registeredMs.Clear();
        _waiting.Clear();
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
                _appliedIndex[request.From.Node] = applied.Index;
                break;
            case DirectoryAsk.Leave:
                Propose(new DirectoryCommand.NodeGone(request.From));
                respond(request.From, request.Number, Reply.Ok);
                break;
            case DirectoryAsk.AwaitTopology wait:
                _waiting.Add(new Waiting(request.From, request.Number, wait));
                break;
            default:
                throw new InvariantException($"the directory is not asked for {request.Body.GetType().Name}");
        }
    }

    public override void Advance(long nowMs)
    {
        if (machine.Snapshot.ClusterId == Guid.Empty && nowMs - _bootstrapProposedMs > 1000)
        {
            _bootstrapProposedMs = nowMs;
            Propose(bootstrap);
        }

        foreach (NodeInfo node in machine.Snapshot.Nodes)
        {
            long since = Math.Max(_activeSinceMs, _renewedMs.GetValueOrDefault(node.Incarnation.Node));
            if (nowMs - since > GoneMs && Propose(new DirectoryCommand.NodeGone(node.Incarnation)))
                _renewedMs[node.Incarnation.Node] = nowMs;
        }
    }

    public override void Pump(long nowMs)
    {
        _appliedIndex[services.Self] = machine.Snapshot.AppliedIndex;
        for (int i = _waiting.Count - 1; i >= 0; i--)
        {
            Waiting waiting = _waiting[i];
            if (!waiting.IsDone(machine.Snapshot) || !EveryoneApplied(waiting.Index, nowMs))
                continue;
            respond(waiting.From, waiting.Number, Reply.Ok);
            _waiting.RemoveAt(i);
        }
    }

    /// <summary>Nodes whose life the directory counts as live.</summary>
    public IReadOnlyList<NodeInfo> Nodes => [.. machine.Snapshot.Nodes];

    public override long? NextDeadlineMs => null;

    private void Renew(in NodeRequest request, DirectoryAsk.Renew renew, long nowMs)
    {
        NodeIncarnation life = request.From;
        if (machine.Snapshot.Nodes.Any(node => node.Incarnation == life))
        {
            _renewedMs[life.Node] = nowMs;
            respond(life, request.Number, Reply.Ok);
            return;
        }

        if (machine.Snapshot.ClusterId != Guid.Empty
            && nowMs - _registeredMs.GetValueOrDefault(life.Node) > RegisterEveryMs)
        {
            _registeredMs[life.Node] = nowMs;
            Propose(new DirectoryCommand.RegisterNode(life, renew.StoreId, renew.Address));
        }

        respond(life, request.Number, Reply.Gone);
    }

    private bool EveryoneApplied(long index, long nowMs)
    {
        foreach (NodeInfo node in machine.Snapshot.Nodes)
        {
            NodeId id = node.Incarnation.Node;
            if (_appliedIndex.GetValueOrDefault(id) >= index)
                continue;
            long since = Math.Max(_activeSinceMs, _renewedMs.GetValueOrDefault(id));
            if (nowMs - since <= LeaseMs)
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
