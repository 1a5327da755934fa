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

    public static Character Draw(Dice dice)
    {
        List<Fault> faults = [];
        foreach (Fault fault in Enum.GetValues<Fault>())
        {
            for (int i = dice.Next(4) - 1; i > 0; i--)
                faults.Add(fault);
        }

        if (faults.Count == 0)
            faults.Add(Fault.Crash);
        return new Character
        {
            Nodes = dice.Chance(0.25) ? 5 : 3,
            Options = new NodeOptions
            {
                DataDirectory = "",
                ReplicationFactor = 5,
                DataGroups = 1 + dice.Next(2),
                PublishTimeoutMs = (int)dice.Between(3_000, 15_000),
                EntryCacheBytes = dice.Between(4, 256) * 1024,
                RowCacheBytes = dice.Between(1, 64) * 1024,
                SnapshotLogBytes = dice.Between(16, 512) * 1024,
                KeptBelowSnapshot = dice.Between(0, 200),
                KeptLogBytes = 1024 * 1024,
                SegmentBits = 21,
                Limits = new LimitOptions { ConnectionPendingBytes = (int)dice.Between(64, 1024) * 1024 },
            },
            Weather = new NetworkWeather(
                MinDelayUs: dice.Between(50, 500),
                MeanDelayUs: dice.Between(100, 5_000),
                SlowChance: dice.Chance(0.5) ? 0.02 * dice.Fraction() : 0,
                SlowUs: dice.Between(10_000, 400_000),
                BreakChance: dice.Chance(0.4) ? 0.002 * dice.Fraction() : 0,
                RefuseChance: dice.Chance(0.3) ? 0.01 * dice.Fraction() : 0),
            Publishers = 1 + dice.Next(4),
            Consumers = 1 + dice.Next(4),
            Receivers = dice.Next(3),
            Queues = 1 + dice.Next(5),
            Uses = DrawUses(dice),
            PublishPauseUs = dice.Between(20_000, 400_000),
            StormUs = dice.Between(8_000_000, 30_000_000),
            FaultEveryUs = dice.Between(200_000, 4_000_000),
            CheckEveryUs = dice.Between(1_000_000, 30_000_000),
            Faults = faults,
        };
    }

    private static Uses DrawUses(Dice dice)
    {
        Uses uses = Uses.None;
        foreach (Uses one in Enum.GetValues<Uses>())
            uses |= dice.Chance(UseChance) ? one : Uses.None;
        return uses;
    }
}
