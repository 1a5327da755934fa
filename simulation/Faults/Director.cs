using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Simulation.Clients;
using Cmq.MultiProtocol.Simulation.Nodes;
using Cmq.MultiProtocol.Simulation.Worlds;

namespace Cmq.MultiProtocol.Simulation.Faults;

/// <summary>The course of a world: nodes and clients begin, faults rage, faults are over, everything must come
/// right.</summary>
internal sealed class Director
{
    private const long LookEveryUs = 100_000;
    private const int SessionUsers = 4;
    private const int Appenders = 2;
    private const int GroupMembers = 3;
    private const int Watchers = 3;

    /// <summary>Virtual time within which a cluster without faults has its leaders, and every node serves.</summary>
    private const long MaxRecoveryUs = 40_000_000;

    /// <summary>The same, within which a change of the members is through.</summary>
    private const long MaxOperatingUs = 90_000_000;

    /// <summary>The same, within which every client has ended.</summary>
    private const long MaxLeavingUs = 90_000_000;

    /// <summary>The same, within which every queue is empty.</summary>
    private const long MaxDrainUs = 120_000_000;

    private readonly World _world;
    private readonly Dice _dice;
    private readonly Operator _operator;
    private readonly Storm _storm;

    public Director(World world)
    {
        _world = world;
        _dice = world.Dice.Fork("director");
        _operator = new Operator(world);
        _storm = new Storm(world, _operator);
    }

    public string Faults => $"{_storm.Count} faults, {_operator.Changes} member changes, "
        + $"{_operator.Found} of {_operator.Damaged} damaged disks found";

    public async Task PlayAsync()
    {
        foreach (SimulatedNode node in _world.Nodes)
            _world.Agenda.After(_dice.Between(0, 500_000), node.Start);
        List<Client> clients = MakeClients();
        Task work = Task.WhenAll(clients.Select(client => client.RunAsync()));
        await _world.DelayAsync(_dice.Between(0, 3_000_000)).ConfigureAwait(false);
        await _storm.RageAsync().ConfigureAwait(false);
        _storm.Calm();
        await UntilAsync(MaxOperatingUs, HasOperated, () => $"members have not changed: {_operator.Doing}")
            .ConfigureAwait(false);
        await UntilAsync(MaxRecoveryUs, AllServe, Missing).ConfigureAwait(false);
        clients.ForEach(client => client.Leave());
        await UntilAsync(MaxLeavingUs, () => work.IsCompleted, () => "clients have not ended").ConfigureAwait(false);
        await work.ConfigureAwait(false);
        await DrainAsync().ConfigureAwait(false);
        await AuditAsync().ConfigureAwait(false);
        await UntilAsync(MaxRecoveryUs, AllHaveApplied, () => "members have not applied the same").ConfigureAwait(false);
        foreach (SimulatedNode node in _world.Members)
        {
            foreach (RaftGroupHost host in node.Broker!.Hosts)
                _world.Raft.CompareState(node.Id, host.Replica);
            node.CheckDisk();
        }

        // A store that finds something has its node stop a moment later.
        await _world.DelayAsync(LookEveryUs).ConfigureAwait(false);
        _world.Ledger.CheckComplete();
    }

    private List<Client> MakeClients()
    {
        Character character = _world.Character;
        return
        [
            new Steward(_world, "steward", character.Queues),
            .. Enumerable.Range(0, character.Publishers).Select(i =>
                new Publisher(_world, $"publisher {i}", character.PublishPauseUs)),
            .. Enumerable.Range(0, character.Consumers).Select(i => new Consumer(_world, $"consumer {i}")),
            .. Enumerable.Range(0, character.Receivers).Select(i => new Receiver(_world, $"receiver {i}")),
            .. Enumerable.Range(0, _world.Has(Uses.Sessions) ? SessionUsers : 0).Select(i =>
                new SessionUser(_world, $"session user {i}")),
            .. _world.Has(Uses.Partitions) ? MakePartitionClients() : [],
            .. _world.Has(Uses.Rewinds) ? [new Rewinder(_world, "rewinder")] : Array.Empty<Client>(),
        ];
    }

    private IEnumerable<Client> MakePartitionClients() =>
    [
        new Founder(_world, "founder"),
        .. Enumerable.Range(0, Appenders).Select(i => new Appender(_world, $"appender {i}")),
        .. Enumerable.Range(0, GroupMembers).Select(i => new GroupMemberClient(_world, $"group member {i}", i)),
        .. Enumerable.Range(0, Watchers).Select(i => new Watcher(_world, $"watcher {i}")),
    ];

    private async Task AuditAsync()
    {
        Task auditing = new Auditor(_world, "auditor").RunAsync();
        await UntilAsync(MaxDrainUs, () => auditing.IsCompleted, () => "partitions cannot be read").ConfigureAwait(false);
        await auditing.ConfigureAwait(false);
    }

    private async Task DrainAsync()
    {
        var drainer = new Drainer(_world, "drainer");
        Task draining = drainer.RunAsync();
        await UntilAsync(MaxDrainUs, () => drainer.IsDone, () =>
        {
            _world.Ledger.RemarkLeft();
            return $"queues are not drained: {drainer.Waiting}";
        }).ConfigureAwait(false);
        drainer.Leave();
        await UntilAsync(MaxLeavingUs, () => draining.IsCompleted, () => "the drainer has not ended")
            .ConfigureAwait(false);
        await draining.ConfigureAwait(false);
    }

    private async Task UntilAsync(long mostUs, Func<bool> holds, Func<string> missing)
    {
        long until = _world.Agenda.NowUs + mostUs;
        while (!holds() && _world.Verdict.IsGood)
        {
            if (_world.Agenda.NowUs > until)
                _world.Verdict.Fail($"liveness: after {mostUs / 1_000_000} s without faults {missing()}");
            await _world.DelayAsync(LookEveryUs).ConfigureAwait(false);
        }
    }

    private bool HasOperated()
    {
        StartAll();
        return _operator.IsIdle;
    }

    /// <summary>What was stopping when the faults ended comes back, too.</summary>
    private void StartAll()
    {
        foreach (SimulatedNode node in _world.Members.Where(node => !node.IsUp))
            node.Start();
    }

    private bool AllServe()
    {
        StartAll();
        return _world.Members.All(node => node is { IsUp: true, IsStopping: false } && node.Broker!.IsReady)
            && _world.Groups.All(HasLeader);
    }

    private bool HasLeader(GroupId group)
    {
        NodeId leader = _world.Members[0].Broker!.LeaderOf(group);
        return leader.Value != 0 && _world.Members.All(node => node.Broker!.LeaderOf(group) == leader);
    }

    private string Missing() => "not all serve: " + string.Join(", ", _world.Members.Select(node =>
        $"node {node.Id} {(node.Broker is null ? "is down" : node.Broker.IsReady ? "is ready" : "is not ready")}, leaders "
        + string.Join(" ", _world.Groups.Select(group => node.Broker?.LeaderOf(group)))));

    private bool AllHaveApplied() => _world.Groups.All(group =>
        _world.Members.Select(node => node.Broker?.AppliedIndexOf(group)).Distinct().Count() == 1);
}
