using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Simulation.Faults;
using Cmq.MultiProtocol.Simulation.Network;

namespace Cmq.MultiProtocol.Simulation.Worlds;

/// <summary>What is peculiar to one world: its size, its weather and which faults come how often. Few worlds have all of
/// them: what hides behind the commonest one would never be seen.</summary>
internal sealed record Character
{
    /// <summary>How probably a world has any one of <see cref="Uses"/>.</summary>
    private const double UseChance = 0.4;

    public required int Nodes { get; init; }

    public required NodeOptions Options { get; init; }

    public required NetworkWeather Weather { get; init; }

    public required int Publishers { get; init; }

    public required int Consumers { get; init; }

    public required int Receivers { get; init; }

    public required int Queues { get; init; }

    public required Uses Uses { get; init; }

    /// <summary>How probably a disk shows old content where it lost something; in many worlds never.</summary>
    public required double OldContentChance { get; init; }

    /// <summary>How probably a crash finds a store behind with preparing, sealing and deleting segments.</summary>
    public required double LateKeeperChance { get; init; }

    /// <summary>How probably a process dies while it opens its store, before each one that does not.</summary>
    public required double BrokenStartChance { get; init; }

    /// <summary>Mean pause of a publisher between two bursts, microseconds.</summary>
    public required long PublishPauseUs { get; init; }

    /// <summary>How long there are faults, microseconds.</summary>
    public required long StormUs { get; init; }

    /// <summary>Mean time between two faults, microseconds.</summary>
    public required long FaultEveryUs { get; init; }

    /// <summary>From one check of a node's disk to the next, microseconds.</summary>
    public required long CheckEveryUs { get; init; }

    /// <summary>Which faults there are, some of them twice.</summary>
    public required IReadOnlyList<Fault> Faults { get; init; }

    /// <summary>Each from a row of its own, by name: what is added does not change what the others are.</summary>
    public static Character Draw(Dice dice) => new()
    {
        Nodes = dice.Fork("nodes").Chance(0.25) ? 5 : 3,
        Options = DrawOptions(dice.Fork("options")),
        Weather = DrawWeather(dice.Fork("weather")),
        Publishers = 1 + dice.Fork("publishers").Next(4),
        Consumers = 1 + dice.Fork("consumers").Next(4),
        Receivers = dice.Fork("receivers").Next(3),
        Queues = 1 + dice.Fork("queues").Next(5),
        Uses = DrawUses(dice.Fork("uses")),
        OldContentChance = DrawChance(dice.Fork("old content"), ofWorlds: 0.5, most: 1),
        LateKeeperChance = DrawChance(dice.Fork("late keeper"), ofWorlds: 0.5, most: 1),
        BrokenStartChance = DrawChance(dice.Fork("broken start"), ofWorlds: 0.3, most: 0.5),
        PublishPauseUs = dice.Fork("publish pause").Between(20_000, 400_000),
        StormUs = dice.Fork("storm").Between(8_000_000, 30_000_000),
        FaultEveryUs = dice.Fork("fault every").Between(200_000, 4_000_000),
        CheckEveryUs = dice.Fork("check every").Between(1_000_000, 30_000_000),
        Faults = DrawFaults(dice.Fork("faults")),
    };

    private static NodeOptions DrawOptions(Dice dice) => new()
    {
        DataDirectory = "",
        ReplicationFactor = 5,
        DataGroups = 1 + dice.Fork("data groups").Next(2),
        PublishTimeoutMs = (int)dice.Fork("publish timeout").Between(3_000, 15_000),
        EntryCacheBytes = dice.Fork("entry cache").Between(4, 256) * 1024,
        RowCacheBytes = dice.Fork("row cache").Between(1, 64) * 1024,
        SnapshotLogBytes = dice.Fork("snapshot log").Between(16, 512) * 1024,
        KeptBelowSnapshot = dice.Fork("kept below snapshot").Between(0, 200),
        KeptLogBytes = 1024 * 1024,
        SegmentBits = 21,
        Limits = new LimitOptions
        {
            ConnectionPendingBytes = (int)dice.Fork("connection pending").Between(64, 1024) * 1024,
        },
    };

    private static NetworkWeather DrawWeather(Dice dice) => new(
        MinDelayUs: dice.Fork("min delay").Between(50, 500),
        MeanDelayUs: dice.Fork("mean delay").Between(100, 5_000),
        SlowChance: DrawChance(dice.Fork("slow"), ofWorlds: 0.5, most: 0.02),
        SlowUs: dice.Fork("slow by").Between(10_000, 400_000),
        BreakChance: DrawChance(dice.Fork("break"), ofWorlds: 0.4, most: 0.002),
        RefuseChance: DrawChance(dice.Fork("refuse"), ofWorlds: 0.3, most: 0.01),
        RepeatChance: DrawChance(dice.Fork("repeat"), ofWorlds: 0.5, most: 0.1),
        StrayChance: DrawChance(dice.Fork("stray"), ofWorlds: 0.5, most: 0.1),
        StrayUs: dice.Fork("stray by").Between(1_000, 400_000));

    private static List<Fault> DrawFaults(Dice dice)
    {
        List<Fault> faults = [];
        foreach (Fault fault in Enum.GetValues<Fault>())
        {
            for (int i = dice.Fork($"{fault}").Next(4) - 1; i > 0; i--)
                faults.Add(fault);
        }

        return faults.Count == 0 ? [Fault.Crash] : faults;
    }

    private static Uses DrawUses(Dice dice)
    {
        Uses uses = Uses.None;
        foreach (Uses one in Enum.GetValues<Uses>())
            uses |= dice.Fork($"{one}").Chance(UseChance) ? one : Uses.None;
        return uses;
    }

    /// <summary>Of something that many worlds have not got at all.</summary>
    private static double DrawChance(Dice dice, double ofWorlds, double most) =>
        dice.Chance(ofWorlds) ? most * dice.Fraction() : 0;
}
