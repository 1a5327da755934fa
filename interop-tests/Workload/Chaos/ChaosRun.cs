using System.Diagnostics;
using Cmq.MultiProtocol.Interop.Durability.Clients;
using Cmq.MultiProtocol.Interop.Durability.Workload;

namespace Cmq.MultiProtocol.Interop.Durability.Chaos;

/// <summary>Rounds of faults under load from AMQP, HTTP and, where npm's clients are there, MQTT. Everything is drained and
/// compared every few rounds.</summary>
internal sealed class ChaosRun(ChaosOptions options, Action<string> say)
{
    private const int Progress = 100;

    /// <summary>Messages of each AMQP publisher: what waits for a consumer that is cut off shall fit the small disk.</summary>
    private const int PerSecond = 200;

    /// <summary>The same of each MQTT publisher; two subscribers sleep until the end.</summary>
    private const int MqttPerSecond = 50;

    /// <summary>Of each node's output, with a failure.</summary>
    private const int ShownLines = 40;

    private readonly Random _random = new(options.Seed);
    private readonly Queue<int> _kinds = new();
    private int _round;

    /// <exception cref="Exception">A promise was broken, or the cluster did not come back; the text says which.</exception>
    public async Task RunAsync()
    {
        await using FaultyCluster cluster = await FaultyCluster.StartAsync();
        if (cluster.Disk is null)
            say("full disks are left out: no right to mount one");
        if (ClientAvailability.Missing(ClientKind.DurabilityNode) is { } missing)
            say($"MQTT is left out: {missing}");
        try
        {
            for (int part = 1; _round < options.Rounds; part++)
                await RunPartAsync(cluster, part);
        }
        catch
        {
            say($"round {_round}, seed {options.Seed} failed; the last words of the nodes:");
            foreach (BrokerProcess node in cluster.Nodes)
            {
                say($"--- {node.DataDirectory} {(node.IsRunning ? "runs" : $"ended with {node.ExitCode}")}");
                say(string.Join(Environment.NewLine, node.Output.Lines.TakeLast(ShownLines)));
            }

            throw;
        }
    }

    /// <summary>Some rounds with one load, checked at the end.</summary>
    private async Task RunPartAsync(FaultyCluster cluster, int part)
    {
        await using LoadRun load = await LoadRun.StartAsync(
            cluster.Nodes, publishers: 3, PerSecond, cmq: true, $"chaos-{part}-a", $"chaos-{part}-b", $"chaos-{part}-c");
        await using NodeLoad? mqtt = ClientAvailability.Missing(ClientKind.DurabilityNode) is null
            ? NodeLoad.StartMqtt(cluster.Nodes, MqttPerSecond)
            : null;
        var faults = new ChaosFaults(cluster, _random, options.LongestFault, ConfirmAsync);
        await ConfirmAsync(Progress);
        int last = Math.Min(options.Rounds, _round + options.CheckEvery);
        while (_round < last)
        {
            _round++;
            int confirmed = load.Ledger.ConfirmedCount;
            int delivered = load.Ledger.DeliveryCount;
            using var watch = new ProgressWatch(() => load.Ledger.ConfirmedCount);
            string what = await faults.All[DrawKind(faults.All.Count)]();
            await ConfirmAsync(Progress);
            await Task.WhenAll(cluster.Nodes.Select(node => Patience.UntilAsync(
                () => IsServingAsync(node), $"round {_round}: {what}: node at {node.DataDirectory} serves")));
            say($"round {_round}, seed {options.Seed}: {what}; {load.Ledger.ConfirmedCount - confirmed} confirmed, "
                + $"{load.Ledger.DeliveryCount - delivered} delivered, longest without a confirm {watch.LongestSeconds:0.0} s");
        }

        long draining = Stopwatch.GetTimestamp();
        await load.FinishAsync();
        string figures = mqtt is null ? "" : $"; MQTT {await mqtt.FinishAsync()}";
        say($"checked after round {_round} in {Stopwatch.GetElapsedTime(draining).TotalSeconds:0.0} s: "
            + $"{load.Progress()}, none lost, none invented{figures}");

        async Task ConfirmAsync(int more) =>
            await Task.WhenAll(load.ConfirmAsync(more), mqtt?.ConfirmAsync(more) ?? Task.CompletedTask);
    }

    /// <summary>Every kind comes once before any comes again.</summary>
    private int DrawKind(int count)
    {
        if (_kinds.Count == 0)
        {
            int[] kinds = [.. Enumerable.Range(0, count)];
            _random.Shuffle(kinds);
            foreach (int kind in kinds)
                _kinds.Enqueue(kind);
        }

        return _kinds.Dequeue();
    }

    private static async Task<bool> IsServingAsync(BrokerProcess node)
    {
        try
        {
            return node.IsRunning && await node.AskAdminAsync("/health/ready") == System.Net.HttpStatusCode.OK;
        }
        catch (Exception failure) when (Trouble.IsExpected(failure))
        {
            return false;
        }
    }
}
