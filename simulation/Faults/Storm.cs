using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Simulation.Network;
using Cmq.MultiProtocol.Simulation.Nodes;
using Cmq.MultiProtocol.Simulation.Worlds;

namespace Cmq.MultiProtocol.Simulation.Faults;

/// <summary>Makes faults, one after the other, and ends each of them some time later.</summary>
/// <param name="world">Where.</param>
/// <param name="operating">Changes the cluster.</param>
internal sealed class Storm(World world, Operator operating)
{
    private const long SlowDiskUs = 60_000;
    private const long FastDiskUs = 300;

    /// <summary>How much more often a write is torn where that shows something old, else it would hardly ever be
    /// seen.</summary>
    private const int TornWritesForOldContent = 4;

    private readonly Dice _dice = world.Dice.Fork("storm");
    private bool _isOver;

    /// <summary>Faults made.</summary>
    public int Count { get; private set; }

    public async Task RageAsync()
    {
        world.Network.Weather = world.Character.Weather;
        List<Fault> faults = [.. world.Character.Faults];
        if (world.Plant.NeedsFault is { } needed)
            faults.Add(needed);
        if (world.OldContentChance > 0)
            faults.AddRange(Enumerable.Repeat(Fault.TornWrite, TornWritesForOldContent));
        long until = world.Agenda.NowUs + world.Character.StormUs;
        while (world.Agenda.NowUs < until)
        {
            await world.DelayAsync(_dice.Exponential(world.Character.FaultEveryUs)).ConfigureAwait(false);
            Make(_dice.Pick(faults));
            Revive();
        }
    }

    /// <summary>Ends everything that is wrong.</summary>
    public void Calm()
    {
        _isOver = true;
        world.Trace.Note(0, "calm");
        world.Network.Weather = NetworkWeather.Fair;
        world.Network.UnblockAll();
        foreach (SimulatedNode node in world.Members)
        {
            node.Disk.IsFull = false;
            node.Disk.LetLive();
            node.DiskUs = FastDiskUs;
            node.Resume();
            node.Start();
        }

        operating.Calm();
    }

    private void Make(Fault fault)
    {
        Count++;
        IReadOnlyList<SimulatedNode> members = world.Members;
        int first = _dice.Next(members.Count);
        SimulatedNode node = members[first];
        SimulatedNode other = members[(first + 1 + _dice.Next(members.Count - 1)) % members.Count];
        long shortUs = _dice.Between(10_000, 1_500_000);
        long longUs = _dice.Between(100_000, 12_000_000);
        world.Trace.Note(node.Id.Value, "fault", (long)fault, other.Id.Value);
        world.Trace.Remark(node.Id.Value, $"fault: {fault}, {other.Id}, {shortUs} or {longUs} us");
        switch (fault)
        {
            case Fault.Crash:
                node.Crash(silently: false);
                Later(_dice.Chance(0.7) ? shortUs : longUs, node.Start);
                break;
            case Fault.CrashWithin:
                node.CrashWithin();
                Later(longUs, node.Start);
                break;
            case Fault.TornWrite:
                node.CrashAtWrite();
                Later(longUs, node.Start);
                break;
            case Fault.PowerLoss:
                node.Crash(silently: true);
                Later(longUs, node.Start);
                break;
            case Fault.PowerLossOfAll:
                foreach (SimulatedNode one in members)
                {
                    one.Crash(silently: true);
                    Later(shortUs + _dice.Between(0, 1_000_000), one.Start);
                }

                break;
            case Fault.Restart:
                node.Stop();
                Later(longUs, () => Return(node));
                break;
            case Fault.Pause:
                long pauseUs = _dice.Chance(0.5) ? shortUs : longUs;
                node.Pause();
                Later(pauseUs, node.Resume);
                // A machine that slept finds its network again a little later, and believes until then what it knew.
                if (_dice.Chance(0.3))
                    Part([node], pauseUs + _dice.Between(0, 1_000_000));
                break;
            case Fault.OneWay:
                Block(node.Id, other.Id, longUs);
                break;
            case Fault.Isolate:
                Part([node], longUs);
                break;
            case Fault.Split:
                Part([.. members.Where(_ => _dice.Chance(0.5))], longUs);
                break;
            case Fault.Reset:
                world.Network.BreakBetween(node.Id, other.Id);
                break;
            case Fault.ClockJump:
                node.Time.WallErrorUs = _dice.Chance(0.3) ? 0 : _dice.Between(-600_000_000, 600_000_000);
                break;
            case Fault.SlowDisk:
                node.DiskUs = _dice.Between(1_000, SlowDiskUs);
                Later(longUs, () => node.DiskUs = FastDiskUs);
                break;
            case Fault.FullDisk:
                node.Disk.IsFull = true;
                Later(longUs, () => node.Disk.IsFull = false);
                break;
            case Fault.HandOver:
                HandOver(node, other.Id);
                break;
            case Fault.AddNode or Fault.RemoveNode or Fault.ReplaceDisk or Fault.DamagedSector:
                operating.Begin(fault, node);
                break;
        }
    }

    /// <summary>Who stopped in good order comes back; who has not managed to is killed.</summary>
    private static void Return(SimulatedNode node)
    {
        if (node.IsStopping)
            node.Crash(silently: false);
        node.Start();
    }

    /// <summary>Somebody makes room on a full disk, and starts the node again.</summary>
    private void Revive()
    {
        foreach (SimulatedNode node in world.Members.Where(node => !node.IsUp && node.IsWaitingForRoom && !node.Disk.IsFull))
            node.Start();
    }

    private void Part(IReadOnlyList<SimulatedNode> part, long us)
    {
        foreach (SimulatedNode inside in part)
        {
            foreach (SimulatedNode outside in world.Members.Except(part))
            {
                Block(inside.Id, outside.Id, us);
                Block(outside.Id, inside.Id, us);
            }
        }
    }

    private void Block(NodeId from, NodeId to, long us)
    {
        world.Network.Block(from, to);
        Later(us, () => world.Network.Unblock(from, to));
    }

    private static void HandOver(SimulatedNode node, NodeId heir)
    {
        if (!node.IsUp || node.IsPaused)
            return;
        foreach (RaftGroupHost host in node.Broker!.Hosts)
            host.Post(new GroupEvent.HandOver(heir));
    }

    private void Later(long us, Action what) => world.Agenda.After(us, () =>
    {
        if (!_isOver)
            what();
    });
}
