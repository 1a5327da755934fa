using Cmq.MultiProtocol.Interop.Durability.Clients;
using Cmq.MultiProtocol.Interop.Durability.Workload;
using Xunit.Abstractions;

namespace Cmq.MultiProtocol.Interop.Durability;

/// <summary>A flipped byte (docs/decisions/0015): found, not served from, rebuilt from the others, nothing lost.</summary>
public sealed class ChaosDamageTests(ITestOutputHelper output)
{
    private const int Damaged = 3;

    /// <summary>Messages of each publisher.</summary>
    private const int PerSecond = 100;

    private static readonly string[] Arguments =
        ["--Node:SegmentBits=24", "--Node:SnapshotLogBytes=8MiB", "--Node:CheckBytesPerSecond=256MiB"];

    public static TheoryData<string> Places => ["newest log", "sealed log", "snapshot"];

    [Theory, MemberData(nameof(Places))]
    public async Task A_node_with_a_flipped_byte_refuses_and_is_rebuilt_as_the_message_says(string place)
    {
        await using BrokerCluster cluster = await BrokerCluster.StartAsync(arguments: Arguments);
        BrokerProcess damaged = cluster.Nodes[Damaged - 1];
        await using LoadRun load = await LoadRun.StartAsync(
            cluster.Nodes, publishers: 2, PerSecond, cmq: true, "d-a", "d-b", "d-c");
        await load.ConfirmAsync(500);

        DiskDamage damage;
        do
        {
            damage = await FlipAsync(load, damaged, place);
            damaged.Relaunch();
            // A place that a start does not read is found by the check, unless it is given up before.
            await Patience.UntilAsync(() => !damaged.IsRunning || damage.IsGone, $"{damage} is found");
        }
        while (damaged.IsRunning);

        await RequireRefusalAsync(damaged);
        damaged.Relaunch();
        await RequireRefusalAsync(damaged);
        await load.ConfirmAsync(200);

        double seconds = await NodeRebuild.RunAsync(cluster.Nodes, Damaged);
        await load.ConfirmAsync(200);
        // Now it counts: without one of the others nothing is confirmed without it.
        await cluster.Nodes[0].KillAsync();
        await load.ConfirmAsync(200);
        await cluster.Nodes[0].RestartAsync();

        await load.FinishAsync();
        output.WriteLine($"{damage}, rebuilt after {seconds:0.0} s; {load.Progress()}");
    }

    /// <summary>Kills the node, again and again until its disk has such a place.</summary>
    private static async Task<DiskDamage> FlipAsync(LoadRun load, BrokerProcess damaged, string place)
    {
        var random = new Random(1);
        for (int tries = 0; tries < 20; tries++)
        {
            await damaged.KillAsync();
            DiskDamage? damage = place switch
            {
                "newest log" => DiskDamage.InLog(damaged.DataDirectory, random, LogPart.Newest),
                "sealed log" => DiskDamage.InLog(damaged.DataDirectory, random, LogPart.Sealed),
                _ => DiskDamage.InSnapshot(damaged.DataDirectory, random),
            };
            if (damage is not null)
                return damage;
            await damaged.RestartAsync();
            await load.ConfirmAsync(500);
        }

        throw new BrokerException($"no {place} to damage", damaged.Output);
    }

    private static async Task RequireRefusalAsync(BrokerProcess node)
    {
        Assert.Equal(DiskDamage.ExitCode, await node.WaitForExitAsync(Patience.Long));
        Assert.Contains(node.Output.Lines.TakeLast(40), line => line.Contains("is damaged", StringComparison.Ordinal));
        Assert.Contains(
            node.Output.Lines.TakeLast(40),
            line => line.Contains($"POST /cluster/nodes/{Damaged}?replace=true", StringComparison.Ordinal));
    }
}
