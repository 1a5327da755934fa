using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>What all groups of a node share.</summary>
internal sealed record NodeServices(
    NodeIncarnation Life, INodeLinks Links, TimeProvider Time, ILogger Log, NodeOptions Options)
{
    /// <summary>Commands of the leader's own are put together up to this size.</summary>
    public const int MaxBatchBytes = 512 * 1024;

    public NodeId Self => Life.Node;
}
