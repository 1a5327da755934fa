using System.Diagnostics;
using Cmq.MultiProtocol.Interop.Durability.Clients;
using Cmq.MultiProtocol.Interop.Durability.Workload;

namespace Cmq.MultiProtocol.Interop.Durability.Chaos;

/// <summary>What can be done to a cluster. Each fault ends by itself, with every node running again, and says what it
/// was.</summary>
/// <param name="cluster">Whose nodes and links.</param>
/// <param name="random">Draws nodes and times.</param>
/// <param name="longest">No fault lasts longer.</param>
/// <param name="confirm">Waits until that many more messages are confirmed to clients of every kind: a majority must go
/// on.</param>
internal sealed class ChaosFaults(FaultyCluster cluster, Random random, TimeSpan longest, Func<int, Task> confirm)
{
    private const int Progress = 40;

    /// <summary>Of a node's output: it ends with why it refused.</summary>
    private const int DamageLines = 40;

    /// <summary>Seconds in which a node that must stop has stopped (Node:StopTimeoutMs is 5 s).</summary>
    private const int StopChecks = 8;

    /// <summary>Every kind that this machine can do.</summary>
    public IReadOnlyList<Func<Task<string>>> All =>
    [
        KillOneAsync, KillAllAsync, PauseAsync, CutAsync, StallAsync, MuteAsync, DeafenAsync, SlowAsync, HalfCloseAsync,
        ReplaceAsync, FlipInLogAsync, FlipInSnapshotAsync, JoinAndLeaveAsync, MoveAsync,
        .. cluster.Disk is { } disk ? [() => FillDiskAsync(disk)] : (Func<Task<string>>[])[],
    ];

    private async Task<string> KillOneAsync()
    {
        int node = DrawNode();
        await cluster.Nodes[node - 1].KillAsync();
        await confirm(Progress);
        return $"SIGKILL of node {node}, back after {await RestartAsync(node):0.0} s";
    }

    private async Task<string> KillAllAsync()
    {
        await Task.WhenAll(cluster.Nodes.Select(node => node.KillAsync()));
        double[] times = await Task.WhenAll(Enumerable.Range(1, cluster.Nodes.Count).Select(RestartAsync));
        return $"SIGKILL of all nodes, back after {times.Max():0.0} s";
    }

    private async Task<string> PauseAsync()
    {
        int node = DrawNode();
        TimeSpan time = DrawTime();
        cluster.Nodes[node - 1].Send(UnixSignal.Stop);
        await Task.Delay(time);
        await confirm(Progress);
        cluster.Nodes[node - 1].Send(UnixSignal.Continue);
        return $"SIGSTOP of node {node} for {time.TotalSeconds:0.0} s";
    }

    private Task<string> CutAsync() => IsolateAsync("cut off, connections reset", (link, _) => link.Cut());

    private Task<string> StallAsync() => IsolateAsync("cut off, bytes wait", (link, node) =>
    {
        link.From(node).Shut();
        link.From(link.Dialler == node ? link.Dialled : link.Dialler).Shut();
    });

    private Task<string> MuteAsync() => IsolateAsync("not heard", (link, node) => link.From(node).Shut());

    private Task<string> DeafenAsync() => IsolateAsync(
        "hears nothing", (link, node) => link.From(link.Dialler == node ? link.Dialled : link.Dialler).Shut());

    private async Task<string> IsolateAsync(string how, Action<FaultyLink, int> harm)
    {
        int node = DrawNode();
        TimeSpan time = DrawTime();
        foreach (FaultyLink link in cluster.Links.Where(link => link.Joins(node)))
            harm(link, node);
        await Task.Delay(time);
        await confirm(Progress);
        cluster.Heal();
        return $"node {node} {how} for {time.TotalSeconds:0.0} s";
    }

    private async Task<string> SlowAsync()
    {
        TimeSpan time = DrawTime();
        int milliseconds = random.Next(5, 60);
        foreach (FaultyLink link in cluster.Links)
        {
            link.From(link.Dialler).Slow(milliseconds);
            link.From(link.Dialled).Slow(milliseconds);
        }

        await Task.Delay(time);
        await confirm(Progress);
        cluster.Heal();
        return $"all links {milliseconds} ms slower for {time.TotalSeconds:0.0} s";
    }

    private async Task<string> HalfCloseAsync()
    {
        FaultyLink link = cluster.Links[random.Next(cluster.Links.Count)];
        bool towardsDialled = random.Next(2) == 0;
        link.HalfClose(towardsDialled);
        await confirm(Progress);
        return $"half of the connections between {link.Dialled} and {link.Dialler} closed"
            + $" (towards {(towardsDialled ? link.Dialled : link.Dialler)})";
    }

    /// <summary>The node may end, or hold publishers back; either way the space that comes back is enough.</summary>
    private async Task<string> FillDiskAsync(SmallDisk disk)
    {
        int node = cluster.Nodes.Count;
        BrokerProcess broker = cluster.Nodes[node - 1];
        TimeSpan time = DrawTime();
        disk.Fill();
        await Task.Delay(time);
        disk.Free();
        // It may have met the end of the disk at the last moment, and takes its time to stop in order.
        for (int i = 0; i < StopChecks && broker.IsRunning; i++)
            await Task.Delay(TimeSpan.FromSeconds(1));
        string back = ", went on";
        if (!broker.IsRunning)
        {
            if (broker.ExitCode != 1)
                throw new BrokerException($"node {node} ended with {broker.ExitCode} on a full disk", broker.Output);
            back = $", ended, back after {await RestartAsync(node):0.0} s";
        }

        return $"disk of node {node} full for {time.TotalSeconds:0.0} s{back}";
    }

    private async Task<string> ReplaceAsync()
    {
        int node = DrawNode();
        await cluster.Nodes[node - 1].KillAsync();
        await confirm(Progress);
        return $"disk of node {node} gone, replaced after {await NodeRebuild.RunAsync(cluster.Nodes, node):0.0} s";
    }

    private Task<string> FlipInLogAsync() => FlipAsync(directory => DiskDamage.InLog(directory, random));

    private Task<string> FlipInSnapshotAsync() => FlipAsync(directory => DiskDamage.InSnapshot(directory, random));

    /// <summary>A node that meets damage must say so and end, and not start again from there.</summary>
    private async Task<string> FlipAsync(Func<string, DiskDamage?> flip)
    {
        int node = DrawNode();
        BrokerProcess broker = cluster.Nodes[node - 1];
        await broker.KillAsync();
        if (flip(broker.DataDirectory) is not { } damage)
            return $"node {node} has nothing to be damaged yet, back after {await RestartAsync(node):0.0} s";
        broker.Relaunch();
        await confirm(Progress);
        await Patience.UntilAsync(
            () => !broker.IsRunning || damage.IsGone, $"node {node} finds {damage}", () => Task.FromResult($"{broker.Output}"));
        if (broker.IsRunning)
        {
            await broker.WaitReadyAsync();
            return $"{damage} of node {node} flipped, given up before it was looked at";
        }

        await RequireRefusalAsync(broker, damage);
        broker.Relaunch();
        await RequireRefusalAsync(broker, damage);
        await confirm(Progress);
        return $"{damage} of node {node} flipped, found, rebuilt after {await NodeRebuild.RunAsync(cluster.Nodes, node):0.0} s";
    }

    private static async Task RequireRefusalAsync(BrokerProcess broker, DiskDamage damage)
    {
        int code = await broker.WaitForExitAsync(Patience.Long);
        bool saysHow = broker.Output.Lines.TakeLast(DamageLines)
            .Any(line => line.Contains("?replace=true", StringComparison.Ordinal));
        if (code != DiskDamage.ExitCode || !saysHow)
            throw new BrokerException($"with {damage} flipped the node ended with {code}", broker.Output);
    }

    private async Task<string> JoinAndLeaveAsync()
    {
        int added = cluster.Nodes.Count + 1;
        int[] voters = [.. Enumerable.Range(1, cluster.Nodes.Count)];
        var admin = new ClusterAdmin(cluster.Nodes[DrawNode() - 1]);
        long start = Stopwatch.GetTimestamp();
        await using BrokerProcess further = cluster.LaunchFurther();
        await admin.UntilWaitingAsync(added);
        await admin.UntilAcceptedAsync(() => admin.AddAsync(added), $"node {added} joins");
        await further.WaitReadyAsync();
        await admin.UntilVotersAsync([.. voters, added]);
        double joined = Stopwatch.GetElapsedTime(start).TotalSeconds;
        await confirm(Progress);
        start = Stopwatch.GetTimestamp();
        await admin.UntilAcceptedAsync(() => admin.RemoveAsync(added), $"node {added} leaves");
        await admin.UntilVotersAsync(voters);
        return $"node {added} joined within {joined:0.0} s, and left within "
            + $"{Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s";
    }

    private async Task<string> MoveAsync()
    {
        int heir = DrawNode();
        var admin = new ClusterAdmin(cluster.Nodes[DrawNode() - 1]);
        IReadOnlyList<int> groups = await cluster.Brokers.GroupsAsync();
        foreach (int group in groups)
            await admin.UntilAcceptedAsync(() => admin.MoveAsync(group, heir), $"node {heir} leads group {group}");
        return $"leadership of {groups.Count} groups moved to node {heir}";
    }

    private int DrawNode() => random.Next(cluster.Nodes.Count) + 1;

    private TimeSpan DrawTime() => TimeSpan.FromSeconds(0.5 + random.NextDouble() * (longest.TotalSeconds - 0.5));

    /// <returns>Seconds until it served again.</returns>
    private async Task<double> RestartAsync(int node)
    {
        long start = Stopwatch.GetTimestamp();
        await cluster.Nodes[node - 1].RestartAsync().WaitAsync(2 * Patience.Long);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
