using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Simulation.Clients;
using Cmq.MultiProtocol.Simulation.Nodes;
using Cmq.MultiProtocol.Simulation.Worlds;

namespace Cmq.MultiProtocol.Simulation.Faults;

/// <summary>The course of a world: nodes and clients begin, faults rage, faults are over, everything must come
/// right.</summary>
internal sealed class Director(World world)
{
    private const long LookEveryUs = 100_000;
    private const int SessionUsers = 4;
    private const int Appenders = 2;
    private const int GroupMembers = 3;

    /// <summary>Virtual time within which a cluster without faults has its leaders, and every node serves.</summary>
    private const long MaxRecoveryUs = 40_000_000;

    /// <summary>The same, within which every client has ended.</summary>
    private const long MaxLeavingUs = 90_000_000;

    /// <summary>The same, within which every queue is empty.</summary>
    private const long MaxDrainUs = 120_000_000;

    private readonly Storm _storm = new(world);

    public string Faults => $"{_storm.Count} faults";

    public async Task PlayAsync()
    {
        foreach (SimulatedNode node in world.Nodes)
            world.Agenda.After(world.Dice.Between(0, 500_000), node.Start);
        List<Client> clients = MakeClients();
        Task work = Task.WhenAll(clients.Select(client => client.RunAsync()));
        await world.DelayAsync(world.Dice.Between(0, 3_000_000)).ConfigureAwait(false);
        await _storm.RageAsync().ConfigureAwait(false);
        _storm.Calm();
        await UntilAsync(MaxRecoveryUs, AllServe, Missing).ConfigureAwait(false);
        clients.ForEach(client => client.Leave());
        await UntilAsync(MaxLeavingUs, () => work.IsCompleted, () => "clients have not ended").ConfigureAwait(false);
        await work.ConfigureAwait(false);
        await DrainAsync().ConfigureAwait(false);
        await AuditAsync().ConfigureAwait(false);
        await UntilAsync(MaxRecoveryUs, AllHaveApplied, () => "members have not applied the same").ConfigureAwait(false);
        foreach (SimulatedNode node in world.Nodes)
        {
            foreach (RaftGroupHost host in node.Broker!.Hosts)
                world.Raft.CompareState(node.Id, host.Replica);
        }

        world.Ledger.CheckComplete();
    }

    private List<Client> MakeClients()
    {
        Character character = world.Character;
        return
        [
            new Steward(world, "steward", character.Queues),
            .. Enumerable.Range(0, character.Publishers).Select(i =>
                new Publisher(world, $"publisher {i}", character.PublishPauseUs)),
            .. Enumerable.Range(0, character.Consumers).Select(i => new Consumer(world, $"consumer {i}")),
            .. Enumerable.Range(0, character.Receivers).Select(i => new Receiver(world, $"receiver {i}")),
            .. Enumerable.Range(0, world.Has(Uses.Sessions) ? SessionUsers : 0).Select(i =>
                new SessionUser(world, $"session user {i}")),
            .. world.Has(Uses.Partitions) ? MakePartitionClients() : [],
            .. world.Has(Uses.Rewinds) ? [new Rewinder(world, "rewinder")] : Array.Empty<Client>(),
        ];
    }

    private IEnumerable<Client> MakePartitionClients() =>
    [
        new Founder(world, "founder"),
        .. Enumerable.Range(0, Appenders).Select(i => new Appender(world, $"appender {i}")),
        .. Enumerable.Range(0, GroupMembers).Select(i => new GroupMemberClient(world, $"group member {i}", i)),
    ];

    private async Task AuditAsync()
    {
        Task auditing = new Auditor(world, "auditor").RunAsync();
        await UntilAsync(MaxDrainUs, () => auditing.IsCompleted, () => "partitions cannot be read").ConfigureAwait(false);
        await auditing.ConfigureAwait(false);
    }

    private async Task DrainAsync()
    {
        var drainer = new Drainer(world, "drainer");
        Task draining = drainer.RunAsync();
        await UntilAsync(MaxDrainUs, () => drainer.IsDone, () =>
        {
            world.Ledger.RemarkLeft();
            return $"queues are not drained: {drainer.Waiting}";
        }).ConfigureAwait(false);
        drainer.Leave();
        await UntilAsync(MaxLeavingUs, () => draining.IsCompleted, () => "the drainer has not ended")
            .ConfigureAwait(false);
        await draining.ConfigureAwait(false);
    }

    private async Task UntilAsync(long mostUs, Func<bool> holds, Func<string> missing)
    {
        long until = world.Agenda.NowUs + mostUs;
        while (!holds() && world.Verdict.IsGood)
        {
            if (world.Agenda.NowUs > until)
                world.Verdict.Fail($"liveness: after {mostUs / 1_000_000} s without faults {missing()}");
            await world.DelayAsync(LookEveryUs).ConfigureAwait(false);
        }
    }

    private bool AllServe()
    {
        // What was stopping when the faults ended comes back, too.
        foreach (SimulatedNode node in world.Nodes.Where(node => !node.IsUp))
            node.Start();
        return world.Nodes.All(node => node is { IsUp: true, IsStopping: false } && node.Broker!.IsReady)
            && Groups.All(HasLeader);
    }

    private IEnumerable<GroupId> Groups =>
        Enumerable.Range(0, world.Character.Options.DataGroups + 1).Select(number => new GroupId(number));

    private bool HasLeader(GroupId group)
    {
        NodeId leader = world.Nodes[0].Broker!.LeaderOf(group);
        return leader.Value != 0 && world.Nodes.All(node => node.Broker!.LeaderOf(group) == leader);
    }

    private string Missing() => "not all serve: " + string.Join(", ", world.Nodes.Select(node =>
        $"node {node.Id} {(node.Broker is null ? "is down" : node.Broker.IsReady ? "is ready" : "is not ready")}, leaders "
        + string.Join(" ", Groups.Select(group => node.Broker?.LeaderOf(group)))));

    private bool AllHaveApplied() => Groups.All(group =>
        world.Nodes.Select(node => node.Broker?.AppliedIndexOf(group)).Distinct().Count() == 1);
}
