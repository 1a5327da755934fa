using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Consensus;

/// <summary>
/// Raft's safety properties (figure 3) under seeded faults: loss, duplication, reordering, partitions, slow
/// disks, crashes that lose unfinished writes, snapshots, transfers, changes of members, replaced disks. A
/// failing seed names itself and replays exactly: CMQ_SEEDS=218-218 runs it alone, CMQ_SEEDS=1000-9999 many more.
/// </summary>
public sealed class SafetyTests
{
    private const int UsualSeeds = 500;
    private const int Steps = 5000;

    [Fact]
    public void No_seed_breaks_a_safety_property_and_every_cluster_recovers()
    {
        int[] seeds = Seeds();
        int committed = 0;
        int snapshots = 0;
        int reads = 0;
        int changes = 0;
        int disks = 0;
        foreach (int seed in seeds)
        {
            var cluster = new FaultyCluster(seed);
            try
            {
                cluster.RunWithFaults(Steps);
                cluster.HealAndConverge();
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"Seed {seed} failed: {failure.Message}", failure);
            }
            committed += cluster.CommittedEntries;
            snapshots += cluster.SnapshotsInstalled;
            reads += cluster.ReadsConfirmed;
            changes += cluster.ChangesProposed;
            disks += cluster.DisksReplaced;
        }

        // Faults so dense that nothing happens would prove nothing; a few seeds may be unlucky.
        if (seeds.Length < UsualSeeds)
            return;
        Assert.True(committed > seeds.Length * 30, $"Only {committed} entries were committed.");
        Assert.True(snapshots > seeds.Length / 2, $"Only {snapshots} snapshots were installed.");
        Assert.True(reads > seeds.Length * 5, $"Only {reads} reads were confirmed.");
        Assert.True(changes > seeds.Length, $"Only {changes} changes of members were proposed.");
        Assert.True(disks > seeds.Length / 4, $"Only {disks} disks were replaced.");
    }

    [Fact]
    public void The_same_seed_gives_the_same_run()
    {
        Assert.Equal(Fingerprint(), Fingerprint());

        static string Fingerprint()
        {
            var cluster = new FaultyCluster(4711);
            cluster.RunWithFaults(Steps);
            cluster.HealAndConverge();
            return cluster.Fingerprint;
        }
    }

    private static int[] Seeds()
    {
        string range = Environment.GetEnvironmentVariable("CMQ_SEEDS") ?? $"0-{UsualSeeds - 1}";
        int[] ends = [.. range.Split('-').Select(int.Parse)];
        return [.. Enumerable.Range(ends[0], ends[^1] - ends[0] + 1)];
    }
}
