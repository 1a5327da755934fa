using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Storage;

namespace Cmq.MultiProtocol.Host;

/// <summary>What an operator is told when the data directory is damaged: what it is, and what to do
/// (docs/decisions/0015).</summary>
internal static class DamageText
{
    public static string Of(StoreDamageException damage, NodeOptions node)
    {
        string first = $"cmqd: {damage.Message}";
        string second = $"cmqd: node {node.Id} does not serve from {Path.GetFullPath(node.DataDirectory)} any more.";
        string third = node.Peers.Any(peer => peer.Id != node.Id)
            ? "cmqd: the other nodes have everything that was confirmed. Empty the directory, start this node again, and let "
                + $"it in through one of them: POST /cluster/nodes/{node.Id}?replace=true (docs/operations.md, Damage)"
            : "cmqd: no other node is configured from which it could be rebuilt. Put back a backup of the whole directory "
                + "(docs/operations.md, Damage)";
        return string.Join(Environment.NewLine, first, second, third);
    }
}
