using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Metadata;
using Cmq.MultiProtocol.Simulation.Disk;
using Cmq.MultiProtocol.Simulation.Nodes;
using Cmq.MultiProtocol.Simulation.Worlds;

namespace Cmq.MultiProtocol.Simulation.Faults;

/// <summary>Who adds nodes, removes them and replaces their disks: one thing after the other, each until all groups have
/// come to it, whatever else goes wrong meanwhile.</summary>
internal sealed class Operator(World world)
{
    private const long LookEveryUs = 100_000;
    private const long MaxAnswerUs = 13_000_000;

    /// <summary>With fewer the loss of one disk would be the end.</summary>
    private const int MinToReplace = 3;

    private readonly Dice _dice = world.Dice.Fork("operator");
    private Task _work = Task.CompletedTask;
    private bool _isCalm;
    private string _doing = "nothing";

    public bool IsIdle => _work.IsCompleted;

    /// <summary>Changes that were completed.</summary>
    public int Changes { get; private set; }

    /// <summary>Disks that were damaged.</summary>
    public int Damaged { get; private set; }

    /// <summary>Those of which their nodes found it.</summary>
    public int Found { get; private set; }

    /// <summary>What is being done, for readers.</summary>
    public string Doing => $"{_doing}, "
        + string.Join(", ", world.Groups.Select(group => $"group {group}: {Describe(MembersOf(group))}"));

    /// <summary>Begins to change the cluster; nothing while a change is under way.</summary>
    public void Begin(Fault fault, SimulatedNode node)
    {
        if (!_work.IsCompleted || !IsSettled())
            return;
        _work.GetAwaiter().GetResult();
        _doing = $"{fault} {node.Id}";
        _work = fault switch
        {
            Fault.AddNode when world.Members.Count < DirectoryLimits.MaxMembers => AddAsync(),
            Fault.RemoveNode when world.Members.Count > MinToReplace => RemoveAsync(node),
            Fault.ReplaceDisk when world.Members.Count >= MinToReplace => ReplaceAsync(node),
            Fault.DamagedSector when world.Members.Count >= MinToReplace => DamageAsync(node),
            _ => Task.CompletedTask,
        };
    }

    /// <summary>There are no faults any more; damage that nobody has met is looked for.</summary>
    public void Calm() => _isCalm = true;

    private async Task AddAsync()
    {
        SimulatedNode node = world.AddNode();
        node.Start();
        await AskAsync(node, broker => broker.AddNodeAsync(node.Id, replace: false, default), Has(node))
            .ConfigureAwait(false);
        await UntilSettledAsync().ConfigureAwait(false);
    }

    private async Task RemoveAsync(SimulatedNode node)
    {
        node.IsLeaving = true;
        await AskAsync(
            node,
            broker => broker.RemoveNodeAsync(node.Id, default),
            directory => directory.FindMember(node.Id) is null).ConfigureAwait(false);
        await UntilSettledAsync().ConfigureAwait(false);
        node.Retire();
    }

    private async Task ReplaceAsync(SimulatedNode node)
    {
        node.Crash(silently: true);
        await node.ReplaceDiskAsync().ConfigureAwait(false);
        await world.DelayAsync(_dice.Between(10_000, 3_000_000)).ConfigureAwait(false);
        node.Start();
        await AskAsync(node, broker => broker.AddNodeAsync(node.Id, replace: true, default), Has(node))
            .ConfigureAwait(false);
        await UntilSettledAsync().ConfigureAwait(false);
    }

    /// <summary>One disk at a time: no other one is touched before the node with this one has a new one, or nobody needs
    /// any more what was there.</summary>
    private async Task DamageAsync(SimulatedNode node)
    {
        node.Disk.Damage(_dice);
        if (node.Disk.Damaged is not { } damaged)
            return;
        Damaged++;
        world.Trace.Note(node.Id.Value, "is damaged", damaged.Offset, damaged.Bytes.Length);
        world.Trace.Remark(node.Id.Value, $"damaged: {damaged.Path} at {damaged.Offset}");
        while (!node.HasFoundDamage && world.Verdict.IsGood)
        {
            if (!damaged.IsThere || (_isCalm && !await FindsAsync(node, damaged).ConfigureAwait(false)))
                return;
            await world.DelayAsync(LookEveryUs).ConfigureAwait(false);
        }

        Found++;
        // Somebody thinks that starting it again may help.
        node.Start();
        await ReplaceAsync(node).ConfigureAwait(false);
    }

    /// <summary>Starts a node again, so that all that it has is sealed, and has its store checked.</summary>
    private async Task<bool> FindsAsync(SimulatedNode node, DamagedSector damaged)
    {
        node.Crash(silently: false);
        for (node.Start(); !node.IsUp && !node.HasFoundDamage && world.Verdict.IsGood; node.Start())
            await world.DelayAsync(LookEveryUs).ConfigureAwait(false);
        if (node.HasFoundDamage)
            return true;
        bool isNeeded = SectorPicker.IsNeeded(node.Disk, damaged);
        node.CheckDisk();
        await world.DelayAsync(LookEveryUs).ConfigureAwait(false);
        world.Verdict.Check(
            node.HasFoundDamage || !isNeeded,
            $"node {node.Id} does not find that {damaged.Path} is damaged at {damaged.Offset}");
        return node.HasFoundDamage;
    }

    private static Func<DirectorySnapshot, bool> Has(SimulatedNode node) =>
        directory => directory.FindMember(node.Id)?.Replica.Store == node.Disk.StoreId;

    /// <summary>Asks one node after the other until it is done.</summary>
    private async Task AskAsync(
        SimulatedNode about, Func<BrokerNode, Task<Reply>> ask, Func<DirectorySnapshot, bool> isDone)
    {
        while (world.Verdict.IsGood)
        {
            await world.DelayAsync(_dice.Between(LookEveryUs, 5 * LookEveryUs)).ConfigureAwait(false);
            List<SimulatedNode> serving = [.. world.Members.Where(node => node != about
                && node is { IsUp: true, IsPaused: false, IsStopping: false } && node.Broker!.IsReady)];
            if (serving.Count == 0)
                continue;
            SimulatedNode node = _dice.Pick(serving);
            Task<Reply> asked = Task.FromResult(Reply.TimedOut);
            node.Run(node.Life, () => asked = ask(node.Broker!));
            await Task.WhenAny(asked, world.DelayAsync(MaxAnswerUs)).ConfigureAwait(false);
            if (!asked.IsCompleted)
                continue;
            Reply reply = await asked.ConfigureAwait(false);
            world.Trace.Note(node.Id.Value, "operates", about.Id.Value, (long)reply);
            // What is said to be done is not asked for again; an answer that was lost is found in the directory.
            if (reply == Reply.Ok || (node.Broker is { } asker && isDone(asker.Directory)))
                return;
        }
    }

    private async Task UntilSettledAsync()
    {
        while (!IsSettled() && world.Verdict.IsGood)
            await world.DelayAsync(LookEveryUs).ConfigureAwait(false);
        world.Trace.Note(0, "settled members", world.Members.Count);
        Changes++;
    }

    /// <summary>Every group consists of the nodes that it is to consist of, with the disks that they have.</summary>
    private bool IsSettled()
    {
        List<SimulatedNode> wanted = [.. world.Members.Where(node => !node.IsLeaving)];
        return world.Groups.All(group => MembersOf(group) is { IsChanging: false } members
            && members.Learners.Count == 0
            && members.Voters.SequenceEqual(wanted.Select(node => node.Id))
            && wanted.TrueForAll(node => members.MayMean(node.Id, node.Disk.StoreId)));
    }

    /// <summary>As the member has it that is furthest; null: none is up.</summary>
    private static string Describe(GroupMembers? members) => members is null
        ? "down"
        : $"{string.Join(" ", members.Voters)} from {string.Join(" ", members.Outgoing)} "
            + $"with {string.Join(" ", members.Learners)}";

    private GroupMembers? MembersOf(GroupId group) => world.Nodes.SelectMany(node => node.Broker?.Hosts ?? [])
        .Where(host => host.Group == group)
        .MaxBy(host => host.Replica.AppliedIndex)?.Raft.Members;
}
