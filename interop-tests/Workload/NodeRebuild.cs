using System.Diagnostics;
using Cmq.MultiProtocol.Interop.Durability.Clients;

namespace Cmq.MultiProtocol.Interop.Durability.Workload;

/// <summary>What docs/operations.md says of a node whose disk is gone or damaged: empty it, start it, let it in.</summary>
internal static class NodeRebuild
{
    /// <param name="nodes">All of them; the others run.</param>
    /// <param name="node">Number of the node, which does not run.</param>
    /// <returns>Seconds until it served and voted again.</returns>
    public static async Task<double> RunAsync(IReadOnlyList<BrokerProcess> nodes, int node)
    {
        long start = Stopwatch.GetTimestamp();
        BrokerProcess rebuilt = nodes[node - 1];
        Directory.Delete(rebuilt.DataDirectory, recursive: true);
        Directory.CreateDirectory(rebuilt.DataDirectory);
        rebuilt.Relaunch();
        var admin = new ClusterAdmin(nodes[node % nodes.Count]);
        await admin.UntilWaitingAsync(node);
        // Not before its old life is over.
        await admin.UntilAcceptedAsync(() => admin.AddAsync(node, replace: true), $"node {node} is let in");
        await rebuilt.WaitReadyAsync();
        await admin.UntilVotersAsync([.. Enumerable.Range(1, nodes.Count)]);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
